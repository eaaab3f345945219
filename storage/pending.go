package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/proviso-dev/proviso/internal/durable"
	"github.com/proviso-dev/proviso/ledger"
)

// ErrNotEmpty says that a ledger is there already.
var ErrNotEmpty = errors.New("a ledger is there already")

// Pending is a new store that is written beside its place: until Commit nobody
// sees it there, and what a crash leaves of it is no ledger. The next one
// removes that.
type Pending struct {
	ledger.Store
	commit  func(context.Context) error
	abandon func(context.Context) error
	done    bool
}

// Create begins a store that is to be whole at once, for a ledger that comes
// from elsewhere. It refuses a place that has a ledger (ErrNotEmpty) or is
// being written to (ErrInUse).
func Create(ctx context.Context, name string) (*Pending, error) {
	create := createSQLite
	if isPostgres(name) {
		create = createPostgres
	}
	p, err := create(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("create store: %w", err)
	}
	return p, nil
}

// Commit closes the store and puts it in its place, durably and at once.
func (p *Pending) Commit(ctx context.Context) error {
	p.done = true
	if err := p.commit(ctx); err != nil {
		return fmt.Errorf("put the store in its place: %w", err)
	}
	return nil
}

// Close gives the store up, unless it was committed.
func (p *Pending) Close() error {
	if p.done {
		return nil
	}
	p.done = true
	return p.abandon(context.Background())
}

func createSQLite(ctx context.Context, dir string) (*Pending, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, file)
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	fail := func(err error) (*Pending, error) {
		lock.Close()
		return nil, err
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = ErrNotEmpty
		}
		return fail(fmt.Errorf("%s: %w", path, err))
	}
	beside := path + ".new"
	remove := func() error {
		var failed error
		for _, end := range []string{"", "-wal", "-shm", ".lock"} {
			if err := os.Remove(beside + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = err
			}
		}
		return failed
	}
	if err := remove(); err != nil {
		return fail(err)
	}
	store, err := OpenSQLite(ctx, beside, SQLiteOptions{})
	if err != nil {
		return fail(err)
	}
	return &Pending{
		Store: store,
		commit: func(ctx context.Context) error {
			defer lock.Close()
			if err := store.(*sqlite).fold(ctx); err != nil {
				return errors.Join(err, store.Close(), remove())
			}
			if err := store.Close(); err != nil {
				return errors.Join(err, remove())
			}
			if err := os.Rename(beside, path); err != nil {
				return errors.Join(err, remove())
			}
			return errors.Join(remove(), durable.SyncFolder(dir))
		},
		abandon: func(context.Context) error {
			defer lock.Close()
			return errors.Join(store.Close(), remove())
		},
	}, nil
}

// fold moves all that is in the WAL into the file itself, so that the file
// alone is the store.
func (s *sqlite) fold(ctx context.Context) error {
	var busy, frames, moved int
	if err := s.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("somebody reads the store: its file is not complete")
	}
	return nil
}

// besideSchema holds the tables of a pending store in PostgreSQL.
const besideSchema = "proviso_restoring"

func createPostgres(ctx context.Context, name string) (*Pending, error) {
	u, err := url.Parse(name)
	if err != nil {
		return nil, errors.New("the address of the database is no URL")
	}
	query := u.Query()
	query.Set("search_path", besideSchema)
	u.RawQuery = query.Encode()
	s, err := connect(ctx, u.String())
	if err == nil {
		err = s.lock(ctx, u.String())
	}
	var target string
	if err == nil {
		target, err = emptySchema(ctx, name) // under the lock: nobody fills it any more
	}
	if err == nil {
		_, err = s.write.Exec(ctx, `DROP SCHEMA IF EXISTS `+besideSchema+` CASCADE; CREATE SCHEMA `+besideSchema)
	}
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		if s != nil {
			s.Close()
		}
		return nil, err
	}
	return &Pending{
		Store: s,
		commit: func(ctx context.Context) error {
			defer s.Close()
			s.read.Close()
			return pgx.BeginFunc(ctx, s.write, func(tx pgx.Tx) error {
				for _, table := range postgresTableNames {
					there := pgx.Identifier{target, table}.Sanitize()
					if _, err := tx.Exec(ctx, `DROP TABLE IF EXISTS `+there); err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, `ALTER TABLE `+besideSchema+`.`+table+` SET SCHEMA `+pgx.Identifier{target}.Sanitize()); err != nil {
						return err
					}
				}
				_, err := tx.Exec(ctx, `DROP SCHEMA `+besideSchema)
				return err
			})
		},
		abandon: func(ctx context.Context) error {
			defer s.Close()
			s.read.Close()
			_, err := s.write.Exec(ctx, `DROP SCHEMA IF EXISTS `+besideSchema+` CASCADE`)
			return err
		},
	}, nil
}

// emptySchema gives the schema that a store's tables are in, if it has no
// ledger: no tables, or none with an entry or a checkpoint.
func emptySchema(ctx context.Context, name string) (schema string, err error) {
	c, err := pgx.Connect(ctx, name)
	if err != nil {
		return "", err
	}
	defer c.Close(context.Background())
	if err := c.QueryRow(ctx, `SELECT COALESCE(current_schema(), '')`).Scan(&schema); err != nil {
		return "", err
	}
	if schema == "" {
		return "", errors.New("the database has no schema to put tables into: name one with search_path")
	}
	for table, where := range map[string]string{"entry": "", "tile": "", "value": ` WHERE name <> '` + versionValue + `'`} {
		there := pgx.Identifier{schema, table}.Sanitize()
		var exists, filled bool
		if err := c.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, there).Scan(&exists); err != nil {
			return "", err
		}
		if !exists {
			continue
		}
		if err := c.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+there+where+`)`).Scan(&filled); err != nil {
			return "", fmt.Errorf("the table %s: %w", there, err)
		}
		if filled {
			return "", fmt.Errorf("the table %s: %w", there, ErrNotEmpty)
		}
	}
	return schema, nil
}
