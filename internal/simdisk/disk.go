// Package simdisk is a simulated disk that SQLite runs on in tests. It keeps
// what was written and what was synced apart, so that a crash can lose, tear
// and reorder everything that no sync had made durable. All it does follows
// from a seed.
package simdisk

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
)

// sector is what a disk writes whole or not at all; even that is torn here
// now and then.
const sector = 512

// Faults say what goes wrong. Counts are from the disk's start; 0 is never.
type Faults struct {
	// CrashAtSync ends everything at that sync, before or after it is done.
	CrashAtSync int
	// FailSync makes that sync fail once: nobody knows what of it is on disk.
	FailSync int
	// FullAfter is how many bytes fit.
	FullAfter int
}

// Disk is a disk with its files.
type Disk struct {
	random *rand.Rand
	files  map[string]*file
	shared map[string]*sharedMemory
	faults Faults
	syncs  int
	used   int
	dead   bool
	failed bool // a sync failed, or the disk was full
}

type file struct {
	now     []byte // what reads see
	durable []byte // what a sync made sure
	pending []change
	linked  bool // the name is durable too
}

// change is a write, or a truncation where data is nil.
type change struct {
	at   int64
	data []byte
}

var (
	errCrash = errors.New("the machine is off")
	errFull  = errors.New("no space left")
	errSync  = errors.New("sync failed")
)

// New makes an empty disk.
func New(seed uint64, faults Faults) *Disk {
	return &Disk{random: rand.New(rand.NewPCG(seed, 0)), files: map[string]*file{}, shared: map[string]*sharedMemory{}, faults: faults}
}

// Crashed gives the disk as it is found after the machine was switched off
// now, with new faults: all that was synced, and of the rest what a disk may
// have done by then, in any order.
func (d *Disk) Crashed(faults Faults) *Disk {
	n := New(d.random.Uint64(), faults)
	for name, f := range d.files {
		if !f.linked && d.random.IntN(2) == 0 {
			continue
		}
		after := bytes.Clone(f.durable)
		for _, i := range d.random.Perm(len(f.pending)) {
			after = d.maybe(after, f.pending[i])
		}
		n.files[name] = &file{now: after, durable: bytes.Clone(after), linked: true}
		n.used += len(after)
	}
	return n
}

// maybe applies some sectors of a change.
func (d *Disk) maybe(data []byte, c change) []byte {
	if c.data == nil {
		if d.random.IntN(2) == 0 {
			return resize(data, c.at)
		}
		return data
	}
	for from := 0; from < len(c.data); from += sector {
		piece := c.data[from:min(from+sector, len(c.data))]
		switch d.random.IntN(8) {
		case 0, 1, 2:
			continue // lost
		case 3:
			piece = piece[:d.random.IntN(len(piece)+1)] // torn
		}
		data = write(data, c.at+int64(from), piece)
	}
	return data
}

func write(data []byte, at int64, piece []byte) []byte {
	if end := at + int64(len(piece)); end > int64(len(data)) {
		data = resize(data, end)
	}
	copy(data[at:], piece)
	return data
}

func resize(data []byte, size int64) []byte {
	if size <= int64(len(data)) {
		return data[:size]
	}
	return append(data, make([]byte, size-int64(len(data)))...)
}

func (d *Disk) write(f *file, at int64, data []byte) error {
	if d.dead {
		return errCrash
	}
	if grown := int(at) + len(data) - len(f.now); grown > 0 {
		if d.faults.FullAfter > 0 && d.used+grown > d.faults.FullAfter {
			d.failed = true
			return errFull
		}
		d.used += grown
	}
	f.now = write(f.now, at, data)
	f.pending = append(f.pending, change{at, bytes.Clone(data)})
	return nil
}

func (d *Disk) truncate(f *file, size int64) error {
	if d.dead {
		return errCrash
	}
	d.used += int(size) - len(f.now)
	f.now = resize(f.now, size)
	f.pending = append(f.pending, change{at: size})
	return nil
}

func (d *Disk) sync(f *file) error {
	if d.dead {
		return errCrash
	}
	d.syncs++
	if d.syncs == d.faults.FailSync {
		// What the system had in memory is dropped: reads still see it.
		for _, i := range d.random.Perm(len(f.pending)) {
			f.durable = d.maybe(f.durable, f.pending[i])
		}
		f.pending = nil
		d.failed = true
		return errSync
	}
	crash := d.syncs == d.faults.CrashAtSync
	if crash && d.random.IntN(2) == 0 {
		d.dead = true
		return errCrash
	}
	for _, c := range f.pending {
		if c.data == nil {
			f.durable = resize(f.durable, c.at)
		} else {
			f.durable = write(f.durable, c.at, c.data)
		}
	}
	f.pending, f.linked = nil, true
	if crash {
		d.dead = true
		return errCrash
	}
	return nil
}

// remove deletes a file. Its name is gone for good at once: SQLite deletes
// only what it does not need.
func (d *Disk) remove(name string) error {
	if d.dead {
		return errCrash
	}
	if f := d.files[name]; f != nil {
		d.used -= len(f.now)
	}
	delete(d.files, name)
	return nil
}

// Names gives the files that are there.
func (d *Disk) Names() []string { return slices.Sorted(maps.Keys(d.files)) }

// Size gives the number of bytes of a file.
func (d *Disk) Size(name string) int { return len(d.files[name].now) }

// Flipped gives a copy of the disk in which one bit of a file is another.
func (d *Disk) Flipped(name string, bit int) *Disk {
	n := New(0, Faults{})
	for x, f := range d.files {
		n.files[x] = &file{now: bytes.Clone(f.now), linked: true}
	}
	n.files[name].now[bit/8] ^= 1 << (bit % 8)
	return n
}

// Faulty reports whether a fault has happened.
func (d *Disk) Faulty() bool { return d.dead || d.failed }
