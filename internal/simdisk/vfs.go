package simdisk

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// handle is what SQLite holds of an open file.
type handle struct {
	methods uintptr // must be first
	id      uintptr
}

// open is an open file.
type open struct {
	disk *Disk
	name string
	file *file
}

// The objects that SQLite refers to by number. SQLite calls from the
// goroutines of its connections; the disk itself is used by one at a time.
var (
	mu      sync.Mutex
	next    uintptr
	disks   = map[uintptr]*Disk{}
	opened  = map[uintptr]*open{}
	methods = sqlite3.Tsqlite3_io_methods{
		FiVersion: 2, // with shared memory, which WAL needs
		FxClose:   function1(xClose),
		FxRead:    function4(xRead),
		FxWrite:   function4(xWrite),
		FxTruncate: pointer(&struct {
			f func(*libc.TLS, uintptr, int64) int32
		}{xTruncate}),
		FxSync: function2(xSync),
		FxFileSize: pointer(&struct {
			f func(*libc.TLS, uintptr, uintptr) int32
		}{xFileSize}),
		FxLock:   function2(xLock),
		FxUnlock: function2(xLock),
		FxCheckReservedLock: pointer(&struct {
			f func(*libc.TLS, uintptr, uintptr) int32
		}{xCheckReservedLock}),
		FxFileControl: pointer(&struct {
			f func(*libc.TLS, uintptr, int32, uintptr) int32
		}{xFileControl}),
		FxSectorSize:            function1(xSectorSize),
		FxDeviceCharacteristics: function1(xDeviceCharacteristics),
		FxShmMap: pointer(&struct {
			f func(*libc.TLS, uintptr, int32, int32, int32, uintptr) int32
		}{xShmMap}),
		FxShmLock: pointer(&struct {
			f func(*libc.TLS, uintptr, int32, int32, int32) int32
		}{xShmLock}),
		FxShmBarrier: pointer(&struct{ f func(*libc.TLS, uintptr) }{xShmBarrier}),
		FxShmUnmap:   function2(xShmUnmap),
	}
)

// pointer gives what the C side calls: the code pointer in a struct of one
// function value.
func pointer[T any](f *T) uintptr { return *(*uintptr)(unsafe.Pointer(f)) }

// as gives what the C side has at an address. It is memory of libc, which the
// garbage collector does not move.
func as[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

func function1(f func(*libc.TLS, uintptr) int32) uintptr {
	return pointer(&struct {
		f func(*libc.TLS, uintptr) int32
	}{f})
}

func function2(f func(*libc.TLS, uintptr, int32) int32) uintptr {
	return pointer(&struct {
		f func(*libc.TLS, uintptr, int32) int32
	}{f})
}

func function4(f func(*libc.TLS, uintptr, uintptr, int32, int64) int32) uintptr {
	return pointer(&struct {
		f func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	}{f})
}

// Register makes the disk a file system of SQLite and gives its name, and a
// function that takes it back when all databases on it are closed.
func (d *Disk) Register() (name string, unregister func(), err error) {
	mu.Lock()
	defer mu.Unlock()
	tls := libc.NewTLS()
	system := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if system == 0 {
		return "", nil, fmt.Errorf("SQLite has no file system of its own to begin with")
	}
	next++
	id := next
	name = fmt.Sprintf("simdisk%d", id)
	cname, err := libc.CString(name)
	if err != nil {
		return "", nil, err
	}
	vfs := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	v := as[sqlite3.Tsqlite3_vfs](vfs)
	*v = *as[sqlite3.Tsqlite3_vfs](system) // its clock and randomness
	v.FpNext, v.FzName, v.FpAppData = 0, cname, id
	v.FszOsFile = int32(unsafe.Sizeof(handle{}))
	v.FxOpen = pointer(&struct {
		f func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	}{xOpen})
	v.FxDelete = pointer(&struct {
		f func(*libc.TLS, uintptr, uintptr, int32) int32
	}{xDelete})
	v.FxAccess = pointer(&struct {
		f func(*libc.TLS, uintptr, uintptr, int32, uintptr) int32
	}{xAccess})
	v.FxFullPathname = pointer(&struct {
		f func(*libc.TLS, uintptr, uintptr, int32, uintptr) int32
	}{xFullPathname})
	if rc := sqlite3.Xsqlite3_vfs_register(tls, vfs, 0); rc != sqlite3.SQLITE_OK {
		return "", nil, fmt.Errorf("SQLite takes no file system: %d", rc)
	}
	disks[id] = d
	return name, func() {
		mu.Lock()
		defer mu.Unlock()
		sqlite3.Xsqlite3_vfs_unregister(tls, vfs)
		libc.Xfree(tls, vfs)
		libc.Xfree(tls, cname)
		delete(disks, id)
		tls.Close()
	}, nil
}

func xOpen(_ *libc.TLS, vfs, cname, pFile uintptr, flags int32, outFlags uintptr) int32 {
	mu.Lock()
	defer mu.Unlock()
	d := disks[as[sqlite3.Tsqlite3_vfs](vfs).FpAppData]
	h := as[handle](pFile)
	*h = handle{}
	if d.dead {
		return sqlite3.SQLITE_IOERR
	}
	name := libc.GoString(cname)
	f := d.files[name]
	if f == nil {
		if flags&sqlite3.SQLITE_OPEN_CREATE == 0 {
			return sqlite3.SQLITE_CANTOPEN
		}
		f = &file{}
		d.files[name] = f
	}
	next++
	opened[next] = &open{d, name, f}
	h.id = next
	h.methods = uintptr(unsafe.Pointer(&methods))
	if outFlags != 0 {
		*as[int32](outFlags) = flags
	}
	return sqlite3.SQLITE_OK
}

func xDelete(_ *libc.TLS, vfs, cname uintptr, _ int32) int32 {
	mu.Lock()
	defer mu.Unlock()
	if disks[as[sqlite3.Tsqlite3_vfs](vfs).FpAppData].remove(libc.GoString(cname)) != nil {
		return sqlite3.SQLITE_IOERR_DELETE
	}
	return sqlite3.SQLITE_OK
}

func xAccess(_ *libc.TLS, vfs, cname uintptr, _ int32, out uintptr) int32 {
	mu.Lock()
	defer mu.Unlock()
	there := int32(0)
	if disks[as[sqlite3.Tsqlite3_vfs](vfs).FpAppData].files[libc.GoString(cname)] != nil {
		there = 1
	}
	*as[int32](out) = there
	return sqlite3.SQLITE_OK
}

func xFullPathname(_ *libc.TLS, _, cname uintptr, n int32, out uintptr) int32 {
	name := libc.GoString(cname)
	if len(name)+1 > int(n) {
		return sqlite3.SQLITE_CANTOPEN
	}
	copy(unsafe.Slice(as[byte](out), n), name+"\x00")
	return sqlite3.SQLITE_OK
}

func find(pFile uintptr) *open { return opened[as[handle](pFile).id] }

func xClose(_ *libc.TLS, pFile uintptr) int32 {
	mu.Lock()
	defer mu.Unlock()
	delete(opened, as[handle](pFile).id)
	return sqlite3.SQLITE_OK
}

func xRead(_ *libc.TLS, pFile, buffer uintptr, n int32, at int64) int32 {
	mu.Lock()
	defer mu.Unlock()
	o := find(pFile)
	if o.disk.dead {
		return sqlite3.SQLITE_IOERR_READ
	}
	b := unsafe.Slice(as[byte](buffer), n)
	read := 0
	if at < int64(len(o.file.now)) {
		read = copy(b, o.file.now[at:])
	}
	if read < len(b) {
		clear(b[read:])
		return sqlite3.SQLITE_IOERR_SHORT_READ
	}
	return sqlite3.SQLITE_OK
}

func xWrite(_ *libc.TLS, pFile, buffer uintptr, n int32, at int64) int32 {
	mu.Lock()
	defer mu.Unlock()
	o := find(pFile)
	switch o.disk.write(o.file, at, unsafe.Slice(as[byte](buffer), n)) {
	case nil:
		return sqlite3.SQLITE_OK
	case errFull:
		return sqlite3.SQLITE_FULL
	}
	return sqlite3.SQLITE_IOERR_WRITE
}

func xTruncate(_ *libc.TLS, pFile uintptr, size int64) int32 {
	mu.Lock()
	defer mu.Unlock()
	o := find(pFile)
	if o.disk.truncate(o.file, size) != nil {
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	return sqlite3.SQLITE_OK
}

func xSync(_ *libc.TLS, pFile uintptr, _ int32) int32 {
	mu.Lock()
	defer mu.Unlock()
	o := find(pFile)
	if o.disk.sync(o.file) != nil {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return sqlite3.SQLITE_OK
}

func xFileSize(_ *libc.TLS, pFile, out uintptr) int32 {
	mu.Lock()
	defer mu.Unlock()
	*as[int64](out) = int64(len(find(pFile).file.now))
	return sqlite3.SQLITE_OK
}

// One process and one writer: the locks of files are never contended. Those
// of the shared memory are, see xShmLock.
func xLock(*libc.TLS, uintptr, int32) int32 { return sqlite3.SQLITE_OK }

func xCheckReservedLock(_ *libc.TLS, _, out uintptr) int32 {
	*as[int32](out) = 0
	return sqlite3.SQLITE_OK
}

func xFileControl(*libc.TLS, uintptr, int32, uintptr) int32 { return sqlite3.SQLITE_NOTFOUND }

func xSectorSize(*libc.TLS, uintptr) int32 { return sector }

func xDeviceCharacteristics(*libc.TLS, uintptr) int32 { return 0 }
