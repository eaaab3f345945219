package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/proviso-dev/proviso/ledger"
)

const postgresTables = `
CREATE TABLE IF NOT EXISTS entry (position bigint PRIMARY KEY, data bytea NOT NULL, disclosure bytea);
CREATE TABLE IF NOT EXISTS tile (level integer, n bigint, data bytea NOT NULL, PRIMARY KEY (level, n));
CREATE TABLE IF NOT EXISTS value (name text PRIMARY KEY, data bytea NOT NULL);
`

// postgresTableNames are those of the tables.
var postgresTableNames = []string{"entry", "tile", "value"}

// writerLock is the key of the advisory lock that the one writer holds.
const writerLock = 0x70726f7669736f // "proviso"

// unlockWithin bounds how long a writer that closes waits to give the lock back.
const unlockWithin = 2 * time.Second

// postgres is a store in a PostgreSQL database. All writes go over the one
// connection that holds the writer's lock: when it breaks, the lock is gone
// and so is the right to write.
type postgres struct {
	read *pgxpool.Pool

	mu    sync.Mutex
	write *pgx.Conn // nil for readers
}

// OpenPostgres opens a store in a database for writing, and makes its tables
// if they are not there. URL is as for psql.
func OpenPostgres(ctx context.Context, url string) (ledger.Store, error) {
	s, err := connect(ctx, url)
	if err == nil {
		err = s.lock(ctx, url)
	}
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		if s != nil {
			s.Close()
		}
		return nil, fmt.Errorf("open store in PostgreSQL: %w", err)
	}
	return s, nil
}

func openPostgresReader(ctx context.Context, url string) (Reader, error) {
	s, err := connect(ctx, url)
	if err == nil {
		var v []byte
		if v, err = s.Value(ctx, versionValue); err == nil {
			err = checkVersion(v)
		}
	}
	if err != nil {
		if s != nil {
			s.Close()
		}
		return nil, fmt.Errorf("open store in PostgreSQL: %w", err)
	}
	return s, nil
}

func connect(ctx context.Context, url string) (*postgres, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	s := &postgres{read: pool}
	return s, pool.Ping(ctx)
}

// lock opens the writer's connection and takes the writer's lock.
func (s *postgres) lock(ctx context.Context, url string) (err error) {
	if s.write, err = pgx.Connect(ctx, url); err != nil {
		return err
	}
	var locked bool
	if err := s.write.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(writerLock)).Scan(&locked); err != nil {
		return err
	}
	if !locked {
		return ErrInUse
	}
	return nil
}

// prepare makes the tables, or looks at their version.
func (s *postgres) prepare(ctx context.Context) error {
	// An acknowledged transaction is on disk, whatever the server's default.
	if _, err := s.write.Exec(ctx, `SET synchronous_commit = on; SET client_min_messages = warning`); err != nil {
		return err
	}
	if _, err := s.write.Exec(ctx, postgresTables); err != nil {
		return err
	}
	v, err := s.Value(ctx, versionValue)
	if errors.Is(err, ledger.ErrNotFound) {
		return s.SetValue(ctx, versionValue, []byte(version))
	}
	if err != nil {
		return err
	}
	return checkVersion(v)
}

func (s *postgres) Size(ctx context.Context) (n int64, err error) {
	if err = s.read.QueryRow(ctx, `SELECT COALESCE(MAX(position) + 1, 0) FROM entry`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the entries: %w", err)
	}
	return n, nil
}

func (s *postgres) Append(ctx context.Context, first int64, records []ledger.Record, tiles []ledger.Tile) error {
	ctx = context.WithoutCancel(ctx) // giving up a write would cost the writer's connection, and its lock
	s.mu.Lock()
	defer s.mu.Unlock()
	err := pgx.BeginFunc(ctx, s.write, func(tx pgx.Tx) error {
		var size int64
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(position) + 1, 0) FROM entry`).Scan(&size); err != nil {
			return err
		}
		if size != first {
			return fmt.Errorf("the store has %d entries: somebody else writes to it", size)
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"entry"}, []string{"position", "data", "disclosure"},
			pgx.CopyFromSlice(len(records), func(i int) ([]any, error) {
				return []any{first + int64(i), records[i].Data, records[i].Disclosure}, nil
			}))
		if err != nil || len(tiles) == 0 {
			return err
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"tile"}, []string{"level", "n", "data"},
			pgx.CopyFromSlice(len(tiles), func(i int) ([]any, error) {
				return []any{tiles[i].Level, tiles[i].N, tiles[i].Data}, nil
			}))
		return err
	})
	if err != nil {
		return fmt.Errorf("append at %d: %w", first, err)
	}
	return nil
}

func (s *postgres) Records(ctx context.Context, from, to int64) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		fail := func(err error) { yield(ledger.Record{}, fmt.Errorf("read entries from %d on: %w", from, err)) }
		rows, err := s.read.Query(ctx, `SELECT position, data, disclosure FROM entry WHERE position >= $1 AND position < $2 ORDER BY position`, from, to)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		next := from
		for ; rows.Next(); next++ {
			var position int64
			var r ledger.Record
			err := rows.Scan(&position, &r.Data, &r.Disclosure)
			if err == nil && position != next {
				err = fmt.Errorf("entry %d is missing", next)
			}
			if err != nil {
				fail(err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		err = rows.Err()
		if err == nil && next < to {
			err = fmt.Errorf("entry %d is missing", next)
		}
		if err != nil {
			fail(err)
		}
	}
}

func (s *postgres) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return onePostgres(s.read.QueryRow(ctx, `SELECT data FROM tile WHERE level = $1 AND n = $2`, level, n))
}

func (s *postgres) Value(ctx context.Context, name string) ([]byte, error) {
	return onePostgres(s.read.QueryRow(ctx, `SELECT data FROM value WHERE name = $1`, name))
}

func onePostgres(row pgx.Row) (data []byte, err error) {
	err = row.Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ledger.ErrNotFound
	}
	return data, err
}

func (s *postgres) SetValue(ctx context.Context, name string, value []byte) error {
	ctx = context.WithoutCancel(ctx) // see Append
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.write.Exec(ctx, `INSERT INTO value (name, data) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET data = excluded.data`, name, value)
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

func (s *postgres) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.write != nil {
		// The server notices a closed connection when it gets to it, and until then
		// whoever opens the store next would find the lock taken.
		ctx, stop := context.WithTimeout(context.Background(), unlockWithin)
		_, _ = s.write.Exec(ctx, `SELECT pg_advisory_unlock($1)`, int64(writerLock)) // what has lost its connection has lost the lock
		stop()
		s.write.Close(context.Background())
	}
	s.read.Close()
	return nil
}
