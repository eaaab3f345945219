package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

// recount is a ledger read by nothing of the core: JSON alone.
type recount struct {
	size      int64
	submitted map[string]verdictOf // by job
	keys      map[string]string    // idempotency keys, hashed → job
	ended     map[string]bool      // an end was stated
	roots     map[int64]tlog.Hash  // of the sizes asked for
	devices   int64                // the most at a time
	hours     int64                // the most used and reserved, in device-ms
	running   int
}

type verdictOf struct{ outcome, hash string }

// entryBody is what is read of an entry.
type entryBody struct {
	Job         string
	Idempotency string
	Outcome     struct {
		Job     string
		Verdict struct{ Outcome, Hash string }
		Effects []struct {
			At, Do, Job, End string
			Parts            []struct{ Devices string }
		}
	}
}

// reserved is a running job's reservation.
type reserved struct{ devices, began, end int64 }

// recountFolder sums up a folder's ledger, with the roots of its tree at some
// sizes.
func recountFolder(t testing.TB, dir string, sizes map[int64]bool) *recount {
	t.Helper()
	r, err := storage.OpenReader(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	size, err := r.Size(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	sum := &recount{size: size, submitted: map[string]verdictOf{}, keys: map[string]string{}, ended: map[string]bool{}, roots: map[int64]tlog.Hash{}}
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(list []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(list))
		for i, x := range list {
			out[i] = hashes[x]
		}
		return out, nil
	})
	running := map[string]reserved{}
	used := int64(0) // of work that ended
	n := int64(0)
	for record, err := range r.Records(context.Background(), 0, size) {
		if err != nil {
			t.Fatal(err)
		}
		more, err := tlog.StoredHashes(n, record.Data, reader)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, more...)
		n++
		if sizes[n] {
			if sum.roots[n], err = tlog.TreeHash(n, reader); err != nil {
				t.Fatal(err)
			}
		}
		e, err := ledger.Decode(record.Data)
		if err != nil {
			t.Fatal(err)
		}
		var b entryBody
		if err := json.Unmarshal(e.Body, &b); err != nil {
			t.Fatal(err)
		}
		stop := func(job string, at int64) {
			if x, ok := running[job]; ok {
				used += x.devices * (min(at, x.end) - x.began)
				delete(running, job)
			}
		}
		switch e.Kind {
		case "submit":
			sum.submitted[b.Outcome.Job] = verdictOf{b.Outcome.Verdict.Outcome, b.Outcome.Verdict.Hash}
			if b.Idempotency != "" {
				if before, twice := sum.keys[b.Idempotency]; twice {
					t.Errorf("one submission became the jobs %s and %s", before, b.Outcome.Job)
				}
				sum.keys[b.Idempotency] = b.Outcome.Job
			}
		case "end":
			if sum.ended[b.Job] {
				t.Errorf("job %s ended twice", b.Job)
			}
			sum.ended[b.Job] = true
			stop(b.Job, e.At)
		}
		for _, x := range b.Outcome.Effects {
			at := e.At
			if x.At != "" {
				at = whole(t, x.At)
			}
			switch x.Do {
			case "start":
				r := reserved{began: at, end: whole(t, x.End)}
				for _, p := range x.Parts {
					r.devices += whole(t, p.Devices)
				}
				running[x.Job] = r
			case "stop":
				stop(x.Job, at)
			}
			devices, hours := int64(0), used
			for _, r := range running {
				devices += r.devices
				hours += r.devices * (r.end - r.began)
			}
			sum.devices, sum.hours = max(sum.devices, devices), max(sum.hours, hours)
		}
	}
	sum.running = len(running)
	signed, err := r.Value(context.Background(), ledger.CheckpointValue)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		t.Fatal(err)
	}
	if err == nil {
		c, err := ledger.ParseCheckpoint(noteText(string(signed)))
		if err != nil {
			t.Fatal(err)
		}
		if c.Size > size {
			t.Errorf("a checkpoint of %d entries was signed, and %d are durable", c.Size, size)
		}
	}
	return sum
}

func whole(t testing.TB, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
