package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/backup"
	"github.com/proviso-dev/proviso/internal/durable"
	"github.com/proviso-dev/proviso/storage"
)

// The files of a data folder beside the ledger: the log's public key, and
// those with secrets that a backup takes along if it is asked to.
const publicKeyFile = "log.vkey"

var secretFiles = []string{"log.key", "tokens.json"}

// copyFlags say which control plane is copied, from or to.
type copyFlags struct{ data, store, logKey, output string }

func (f *copyFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.data, "data", defaultData, "the control plane's data folder")
	cmd.Flags().StringVar(&f.store, "store", "", "where the ledger is kept, if not in the data folder: postgres://…")
	cmd.Flags().StringVarP(&f.output, "output", "o", "table", "table or json")
}

// ledger is where the ledger is kept.
func (f *copyFlags) ledger() string {
	if f.store != "" {
		return f.store
	}
	return f.data
}

func (f *copyFlags) check() error {
	if f.output != "table" && f.output != "json" {
		return fmt.Errorf("there is no output %q: write table or json", f.output)
	}
	if f.store != "" && !strings.HasPrefix(f.store, "postgres://") && !strings.HasPrefix(f.store, "postgresql://") {
		return fmt.Errorf("--store is the address of a database, postgres://…: a folder is named with --data")
	}
	return nil
}

func newBackupCommand() *cobra.Command {
	var f copyFlags
	var withKeys bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the ledger into one file, while the server runs",
		Long: `Backup copies the ledger as it is now: every entry with its disclosure, and the
last checkpoint. It checks the ledger against the log's signature while it
reads, and refuses one that is not sound. The server may run meanwhile. From
the file, restore makes a ledger in SQLite or PostgreSQL, whichever it came
from.

The file has personal data (the disclosures), so that its owner alone can read
it. It never has the log's secret key and the tokens, unless --with-keys is
given: who has them can sign for this log.`,
		Example: `  proviso backup ledger-2026-03-01.tar
  proviso backup --data /var/lib/proviso --with-keys /mnt/safe/proviso.tar
  proviso backup --store postgres://proviso@localhost/proviso --data /var/lib/proviso ledger.tar`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			sum, err := f.backup(ctx, args[0], withKeys)
			if err != nil {
				return err
			}
			return writeBackup(cmd.OutOrStdout(), f.output, args[0], sum)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.logKey, "log-key", "", "the log's public key, or a file with it; log.vkey in the data folder when absent")
	cmd.Flags().BoolVar(&withKeys, "with-keys", false, "take the log's secret key and the tokens along")
	return cmd
}

func (f *copyFlags) backup(ctx context.Context, file string, withKeys bool) (backup.Summary, error) {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return backup.Summary{}, fmt.Errorf("backup: %s is there already: name another file", file)
	}
	source, err := f.source(withKeys)
	if err != nil {
		return backup.Summary{}, fmt.Errorf("backup: %w", err)
	}
	store, err := storage.OpenReader(ctx, f.ledger())
	if err != nil {
		return backup.Summary{}, err
	}
	defer store.Close()
	source.Ledger = store
	out, err := durable.Create(file, 0o600)
	if err != nil {
		return backup.Summary{}, fmt.Errorf("backup: %w", err)
	}
	bar := newProgress(os.Stderr, "copying")
	sum, err := backup.Write(ctx, out, source, time.Now(), func(done, all int64) { bar.set(int(done), int(all)) })
	bar.clear()
	if err != nil {
		out.Abandon()
		return sum, err
	}
	return sum, out.Commit()
}

// source reads the keys that a backup needs.
func (f *copyFlags) source(withKeys bool) (s backup.Source, err error) {
	name := f.logKey
	if name == "" {
		name = filepath.Join(f.data, publicKeyFile)
	}
	s.PublicKey = strings.TrimSpace(name)
	if _, err := note.NewVerifier(s.PublicKey); err != nil {
		text, err := os.ReadFile(name)
		if err != nil {
			return s, fmt.Errorf("the log's public key: %w: name it with --log-key", err)
		}
		s.PublicKey = strings.TrimSpace(string(text))
	}
	if s.Verifier, err = note.NewVerifier(s.PublicKey); err != nil {
		return s, fmt.Errorf("%s: not the public key of a log (NAME+ID+KEY): %w", name, err)
	}
	if !withKeys {
		return s, nil
	}
	s.Keys = map[string][]byte{}
	for _, name := range secretFiles {
		data, err := os.ReadFile(filepath.Join(f.data, name))
		if errors.Is(err, fs.ErrNotExist) && name != secretFiles[0] {
			continue // a control plane without tokens
		}
		if err != nil {
			return s, err
		}
		s.Keys[name] = data
	}
	return s, nil
}
