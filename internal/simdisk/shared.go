package simdisk

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// sharedMemory is a database's index of its WAL: memory that its connections
// share, and eight locks. A crash loses it.
type sharedMemory struct {
	regions   []uintptr
	shared    [8]map[uintptr]bool // by lock: who holds it shared
	exclusive [8]uintptr          // by lock: who holds it alone
}

func (o *open) memory() *sharedMemory {
	m := o.disk.shared[o.name]
	if m == nil {
		m = &sharedMemory{}
		for i := range m.shared {
			m.shared[i] = map[uintptr]bool{}
		}
		o.disk.shared[o.name] = m
	}
	return m
}

func xShmMap(tls *libc.TLS, pFile uintptr, region, size, extend int32, out uintptr) int32 {
	mu.Lock()
	defer mu.Unlock()
	o := find(pFile)
	*as[uintptr](out) = 0
	if o.disk.dead {
		return sqlite3.SQLITE_IOERR_SHMMAP
	}
	m := o.memory()
	for len(m.regions) <= int(region) {
		if extend == 0 {
			return sqlite3.SQLITE_OK
		}
		m.regions = append(m.regions, libc.Xcalloc(tls, 1, libc.Tsize_t(size)))
	}
	*as[uintptr](out) = m.regions[region]
	return sqlite3.SQLITE_OK
}

func xShmLock(_ *libc.TLS, pFile uintptr, first, n, flags int32) int32 {
	mu.Lock()
	defer mu.Unlock()
	o := find(pFile)
	m := o.memory()
	for i := first; i < first+n; i++ {
		if flags&sqlite3.SQLITE_SHM_LOCK == 0 {
			continue
		}
		others := len(m.shared[i])
		if m.shared[i][pFile] {
			others--
		}
		if m.exclusive[i] != 0 && m.exclusive[i] != pFile || flags&sqlite3.SQLITE_SHM_EXCLUSIVE != 0 && others > 0 {
			return sqlite3.SQLITE_BUSY
		}
	}
	for i := first; i < first+n; i++ {
		switch {
		case flags&sqlite3.SQLITE_SHM_UNLOCK != 0:
			delete(m.shared[i], pFile)
			if m.exclusive[i] == pFile {
				m.exclusive[i] = 0
			}
		case flags&sqlite3.SQLITE_SHM_EXCLUSIVE != 0:
			m.exclusive[i] = pFile
		default:
			m.shared[i][pFile] = true
		}
	}
	return sqlite3.SQLITE_OK
}

func xShmBarrier(*libc.TLS, uintptr) {}

// xShmUnmap leaves the memory where it is until the disk goes: other
// connections may use it, and tests are short.
func xShmUnmap(_ *libc.TLS, pFile uintptr, _ int32) int32 {
	mu.Lock()
	defer mu.Unlock()
	m := find(pFile).memory()
	for i := range m.shared {
		delete(m.shared[i], pFile)
		if m.exclusive[i] == pFile {
			m.exclusive[i] = 0
		}
	}
	return sqlite3.SQLITE_OK
}
