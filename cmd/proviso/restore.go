package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/backup"
	"github.com/proviso-dev/proviso/internal/durable"
	"github.com/proviso-dev/proviso/storage"
)

func newRestoreCommand() *cobra.Command {
	var f copyFlags
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make a ledger from a backup",
		Long: `Restore makes a ledger from a file that backup wrote: in the data folder, or in
PostgreSQL with --store. It refuses a place that has a ledger. It checks every
byte of the file, every entry against the tree, and the tree against the log's
signature; only then the ledger is put in its place, as a whole. Interrupted, it
leaves no part of one.

The log's public key comes with the file, so that alone it says no more than
that the file is whole; with --log-key it must be that log's. Keys and tokens go
into the data folder if the file has them.

Restore the latest backup. Entries behind it are lost, and if others saw
checkpoints of them, witnesses refuse to cosign the log as it goes on from here.`,
		Example: `  proviso restore ledger-2026-03-01.tar --data /var/lib/proviso
  proviso restore ledger.tar --log-key log.example+5d9fb1b8+AXT...
  proviso restore ledger.tar --store postgres://proviso@localhost/proviso --data /var/lib/proviso`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			r, err := f.restore(ctx, args[0])
			if err != nil {
				return err
			}
			return writeRestored(cmd.OutOrStdout(), f.output, f.data, r)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.logKey, "log-key", "", "the public key that the log must have, or a file with it")
	return cmd
}

func (f *copyFlags) restore(ctx context.Context, file string) (*backup.Restored, error) {
	var log note.Verifier
	var err error
	if f.logKey != "" {
		if log, err = readLogKey(f.logKey); err != nil {
			return nil, err
		}
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	store, err := storage.Create(ctx, f.ledger())
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	defer store.Close()
	bar := newProgress(os.Stderr, "restoring")
	r, err := backup.Read(ctx, in, store, log, func(done, all int64) { bar.set(int(done), int(all)) })
	bar.clear()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := restoreKeys(f.data, r); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	// The last word: nothing before it makes a ledger.
	return r, store.Commit(ctx)
}

// restoreKeys writes what stands beside the ledger. What is there already
// must be the same.
func restoreKeys(dir string, r *backup.Restored) error {
	files := map[string][]byte{publicKeyFile: []byte(r.PublicKey + "\n")}
	for name, data := range r.Keys {
		if !slices.Contains(secretFiles, name) {
			return fmt.Errorf("%s is no file that a backup has", name)
		}
		files[name] = data
	}
	for name, data := range files {
		there, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && !bytes.Equal(there, data) {
			return fmt.Errorf("%s is there already, and is not the one of the backup: move it away", filepath.Join(dir, name))
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, data := range files {
		mode := os.FileMode(0o600)
		if name == publicKeyFile {
			mode = 0o644
		}
		if err := durable.WriteFile(filepath.Join(dir, name), data, mode); err != nil {
			return err
		}
	}
	return nil
}

// backupFormat is the version of what backup and restore print as JSON.
const backupFormat = "proviso.dev/backup-summary/v1alpha1"

func writeBackup(w io.Writer, output, file string, s backup.Summary) error {
	if output == "json" {
		return writeJSON(w, struct {
			Format string         `json:"format"`
			File   string         `json:"file"`
			Backup backup.Summary `json:"backup"`
		}{backupFormat, file, s})
	}
	_, err := fmt.Fprintf(w, "Copied %s into %s (%d bytes)\n%s", summaryText(s), file, s.Bytes, keysText(s))
	return err
}

func writeRestored(w io.Writer, output, dir string, r *backup.Restored) error {
	if output == "json" {
		return writeJSON(w, struct {
			Format   string         `json:"format"`
			Restored backup.Summary `json:"restored"`
		}{backupFormat, r.Summary})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Restored %s, as it was copied at %s\n%s", summaryText(r.Summary), r.Made.Format(time.RFC3339), keysText(r.Summary))
	if _, ok := r.Keys[secretFiles[0]]; !ok {
		fmt.Fprintf(&b, "  The log goes on once its secret key is in %s.\n", filepath.Join(dir, secretFiles[0]))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func summaryText(s backup.Summary) string {
	last := "none"
	if !s.Last.IsZero() {
		last = s.Last.Format(time.RFC3339)
	}
	return fmt.Sprintf("%s of the log %s, the last of %s; a checkpoint of %d is verified", counted(s.Entries, "entry", "entries"), s.Log, last, s.Signed)
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func keysText(s backup.Summary) string {
	if len(s.Keys) == 0 {
		return "  without the log's secret key and without tokens\n"
	}
	return "  with secrets: " + strings.Join(s.Keys, ", ") + "\n"
}
