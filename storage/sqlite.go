package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"syscall"

	_ "modernc.org/sqlite" // the driver

	"github.com/proviso-dev/proviso/ledger"
)

// Entries and tiles are written once and never changed. A position is the
// primary key, so that two writers cannot fork the log: the second one's
// insert fails.
const sqliteTables = `
CREATE TABLE IF NOT EXISTS entry (position INTEGER PRIMARY KEY, data BLOB NOT NULL, disclosure BLOB) STRICT;
CREATE TABLE IF NOT EXISTS tile (level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (level, n)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS value (name TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT, WITHOUT ROWID;
`

// SQLiteOptions are what tests of the disk change.
type SQLiteOptions struct {
	// VFS is the name of SQLite's file system; the operating system's when
	// empty. Another one has no lock file.
	VFS string
	// PageSize of a new file in bytes; SQLite's own when 0.
	PageSize int
}

// sqlite is a store in a file. The file is in WAL mode with synchronous=FULL:
// a transaction that was committed is on disk, and all of it.
type sqlite struct {
	db       *sql.DB
	insert   *sql.Stmt
	tileStmt *sql.Stmt
	lock     *os.File // nil for readers
}

// OpenSQLite opens a store in a file for writing, and makes it if it is not
// there.
func OpenSQLite(ctx context.Context, path string, o SQLiteOptions) (ledger.Store, error) {
	fail := func(err error) (ledger.Store, error) { return nil, fmt.Errorf("open store %s: %w", path, err) }
	s := &sqlite{}
	if o.VFS == "" {
		lock, err := lockFile(path + ".lock")
		if err != nil {
			return fail(err)
		}
		s.lock = lock
	}
	pragmas := []string{"busy_timeout(10000)"}
	if o.PageSize > 0 {
		pragmas = append(pragmas, fmt.Sprintf("page_size(%d)", o.PageSize))
	}
	// cell_size_check: a page that makes no sense is an error, not a guess.
	pragmas = append(pragmas, "journal_mode(WAL)", "synchronous(FULL)", "cell_size_check(1)")
	err := s.open(ctx, path, pragmas, url.Values{"_txlock": {"immediate"}, "vfs": {o.VFS}})
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		s.Close()
		return fail(err)
	}
	return s, nil
}

func openSQLiteReader(ctx context.Context, path string) (Reader, error) {
	s := &sqlite{}
	err := s.open(ctx, path, []string{"busy_timeout(10000)", "query_only(1)", "cell_size_check(1)"}, url.Values{"mode": {"ro"}})
	if err == nil {
		var v []byte
		if v, err = s.Value(ctx, versionValue); err == nil {
			err = checkVersion(v)
		}
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

func (s *sqlite) open(ctx context.Context, path string, pragmas []string, query url.Values) error {
	for name, values := range query {
		if values[0] == "" {
			delete(query, name)
		}
	}
	query["_pragma"] = pragmas
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String())
	if err != nil {
		return err
	}
	s.db = db
	db.SetMaxOpenConns(4) // the writer's, and a few that read beside it
	return db.PingContext(ctx)
}

func (s *sqlite) prepare(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, sqliteTables); err != nil {
		return err
	}
	v, err := s.Value(ctx, versionValue)
	if errors.Is(err, ledger.ErrNotFound) {
		err = s.SetValue(ctx, versionValue, []byte(version))
	} else if err == nil {
		err = checkVersion(v)
	}
	if err != nil {
		return err
	}
	if s.insert, err = s.db.PrepareContext(ctx, `INSERT INTO entry (position, data, disclosure) VALUES (?, ?, ?)`); err != nil {
		return err
	}
	s.tileStmt, err = s.db.PrepareContext(ctx, `INSERT INTO tile (level, n, data) VALUES (?, ?, ?)`)
	return err
}

// lockFile takes the lock that keeps a second writer out. The operating system
// gives it back when the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrInUse
		}
		return nil, err
	}
	return f, nil
}

func (s *sqlite) Size(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(position) + 1, 0) FROM entry`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the entries: %w", err)
	}
	return n, nil
}

func (s *sqlite) Append(ctx context.Context, first int64, records []ledger.Record, tiles []ledger.Tile) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("append at %d: %w", first, err)
	}
	if err := s.appendIn(ctx, tx, first, records, tiles); err != nil {
		tx.Rollback()
		return fmt.Errorf("append at %d: %w", first, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("append at %d: %w", first, err)
	}
	return nil
}

func (s *sqlite) appendIn(ctx context.Context, tx *sql.Tx, first int64, records []ledger.Record, tiles []ledger.Tile) error {
	var size int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(position) + 1, 0) FROM entry`).Scan(&size); err != nil {
		return err
	}
	if size != first {
		return fmt.Errorf("the store has %d entries: somebody else writes to it", size)
	}
	insert := tx.StmtContext(ctx, s.insert)
	for i, r := range records {
		if _, err := insert.ExecContext(ctx, first+int64(i), r.Data, r.Disclosure); err != nil {
			return err
		}
	}
	insertTile := tx.StmtContext(ctx, s.tileStmt)
	for _, t := range tiles {
		if _, err := insertTile.ExecContext(ctx, t.Level, t.N, t.Data); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqlite) Records(ctx context.Context, from, to int64) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		conn, err := s.db.Conn(ctx)
		if err == nil {
			defer conn.Close()
			err = conn.Raw(func(driverConn any) error { return records(ctx, driverConn, from, to, yield) })
		}
		if err != nil {
			yield(ledger.Record{}, fmt.Errorf("read entries from %d on: %w", from, err))
		}
	}
}

// records asks the driver itself: package sql would copy each entry once more.
// It returns nil once yield wants no more.
func records(ctx context.Context, conn any, from, to int64, yield func(ledger.Record, error) bool) error {
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, `SELECT position, data, disclosure FROM entry WHERE position >= ? AND position < ? ORDER BY position`,
		[]driver.NamedValue{{Ordinal: 1, Value: from}, {Ordinal: 2, Value: to}})
	if err != nil {
		return err
	}
	defer rows.Close()
	row := make([]driver.Value, 3)
	for next := from; ; next++ {
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			if err = ctx.Err(); err == nil && next < to {
				err = fmt.Errorf("entry %d is missing", next)
			}
			return err
		}
		if err != nil {
			return err
		}
		position, ok := row[0].(int64)
		data, isBytes := row[1].([]byte)
		disclosure, hasBytes := row[2].([]byte)
		switch {
		case !ok || position != next:
			return fmt.Errorf("entry %d is missing", next)
		case !isBytes:
			return fmt.Errorf("entry %d is of the type %T, not bytes", next, row[1])
		case !hasBytes && row[2] != nil:
			return fmt.Errorf("the disclosure of entry %d is of the type %T, not bytes", next, row[2])
		case !yield(ledger.Record{Data: data, Disclosure: disclosure}, nil):
			return nil
		}
	}
}

func (s *sqlite) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return one(s.db.QueryRowContext(ctx, `SELECT data FROM tile WHERE level = ? AND n = ?`, level, n))
}

func (s *sqlite) Value(ctx context.Context, name string) ([]byte, error) {
	return one(s.db.QueryRowContext(ctx, `SELECT data FROM value WHERE name = ?`, name))
}

func one(row *sql.Row) (data []byte, err error) {
	err = row.Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ledger.ErrNotFound
	}
	return data, err
}

func (s *sqlite) SetValue(ctx context.Context, name string, value []byte) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO value (name, data) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET data = excluded.data`, name, value)
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

func (s *sqlite) Close() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
	return err
}
