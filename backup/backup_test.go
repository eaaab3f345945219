package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/backup"
	"github.com/proviso-dev/proviso/internal/postgres"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

// TestStores are the tests that need both stores.
func TestStores(t *testing.T) {
	server := postgres.Start(t)
	t.Run("ThereAndBack", func(t *testing.T) { thereAndBack(t, server) })
	t.Run("WhileTheServerRuns", func(t *testing.T) { whileTheServerRuns(t, server) })
}

// thereAndBack copies ledgers of several sizes from SQLite to PostgreSQL
// and back: nothing is changed, and the log goes on.
func thereAndBack(t *testing.T, server *postgres.Server) {
	ctx := context.Background()
	for _, size := range []int{0, 1, 255, 256, 600} {
		p := newPlane(t, filepath.Join(t.TempDir(), "data"))
		p.write(size)
		p.publish()
		p.write(min(size, 5)) // durable, not signed yet
		want := contents(t, p.store)
		file, sum := p.backup(nil)
		if sum.Entries != p.log.Size() || sum.Signed != int64(size) || sum.Log != "log.example" {
			t.Errorf("of %d entries: %+v", size, sum)
		}
		to := server.Database()
		r, err := restore(t, file, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.PublicKey != p.public || r.Entries != sum.Entries || r.Signed != sum.Signed || !r.Last.Equal(sum.Last) || !r.Made.Equal(now) || r.Bytes > sum.Bytes {
			t.Errorf("restored %+v, copied %+v", r, sum)
		}
		reader, err := storage.OpenReader(ctx, to)
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(t, reader); got != want {
			t.Errorf("of %d entries PostgreSQL has something else than SQLite", size)
		}
		var again bytes.Buffer
		s := p.source()
		s.Ledger = reader
		if _, err := backup.Write(ctx, &again, s, now, quiet); err != nil {
			t.Fatal(err)
		}
		reader.Close()
		if !bytes.Equal(again.Bytes(), file) {
			t.Errorf("of %d entries the copy of the copy is another file", size)
		}
		back := filepath.Join(t.TempDir(), "back")
		if _, err := restore(t, again.Bytes(), back, p.verifier); err != nil {
			t.Fatal(err)
		}
		p.store.Close()
		if p.store, err = storage.Open(ctx, back); err != nil {
			t.Fatal(err)
		}
		if p.log, err = ledger.Open(ctx, p.store, p.signer, p.verifier); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, p.store); got != want {
			t.Errorf("of %d entries SQLite has something else than before", size)
		}
		p.write(300)
		p.publish()
		if findings, err := ledger.Check(ctx, p.store, p.verifier, nil, func(int64, ledger.Entry, ledger.Record) error { return nil }); err != nil || len(findings) > 0 {
			t.Errorf("the log of %d entries does not go on: %v, %v", size, findings, err)
		}
		p.store.Close()
	}
}

// whileTheServerRuns copies a ledger that grows: each copy is what it was
// at one instant, with all that was acknowledged before.
func whileTheServerRuns(t *testing.T, server *postgres.Server) {
	ctx := context.Background()
	for name, place := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "data"), "postgres": server.Database()} {
		t.Run(name, func(t *testing.T) {
			p := newPlane(t, place)
			p.write(20)
			p.publish()
			stop, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				for {
					select {
					case <-stop:
						return
					default:
					}
					p.write(3)
					p.publish()
				}
			}()
			defer func() { close(stop); <-done }()
			for i := range 8 {
				before := p.log.Size()
				reader, err := storage.OpenReader(ctx, place)
				if err != nil {
					t.Fatal(err)
				}
				var file bytes.Buffer
				s := p.source()
				s.Ledger = reader
				sum, err := backup.Write(ctx, &file, s, now, quiet)
				reader.Close()
				if err != nil {
					t.Fatal(err)
				}
				if sum.Entries < before || sum.Signed > sum.Entries {
					t.Errorf("copy %d has %d entries, %d signed; %d were durable before", i, sum.Entries, sum.Signed, before)
				}
				if _, err := restore(t, file.Bytes(), filepath.Join(t.TempDir(), "data"), p.verifier); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestKeysComeAlongIfAsked(t *testing.T) {
	p := newPlane(t, filepath.Join(t.TempDir(), "data"))
	p.write(2)
	p.publish()
	plain, _ := p.backup(nil)
	keys := map[string][]byte{"tokens.json": []byte("tokens"), "log.key": []byte("secret")}
	file, sum := p.backup(keys)
	if len(sum.Keys) != 2 || bytes.Contains(plain, []byte("secret")) {
		t.Errorf("%+v", sum)
	}
	r, err := restore(t, file, filepath.Join(t.TempDir(), "data"), nil)
	if err != nil || string(r.Keys["log.key"]) != "secret" || string(r.Keys["tokens.json"]) != "tokens" {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := restore(t, plain, filepath.Join(t.TempDir(), "data"), nil); err != nil || len(r.Keys) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestCosigned: signatures of witnesses come along as they are.
func TestCosigned(t *testing.T) {
	ctx := context.Background()
	p := newPlane(t, filepath.Join(t.TempDir(), "data"))
	secret, _, err := note.GenerateKey(nil, "witness.example")
	if err != nil {
		t.Fatal(err)
	}
	witness, _ := note.NewSigner(secret)
	p.write(2)
	if _, err := p.log.Publish(ctx, func(_ context.Context, _ []byte, c ledger.Checkpoint, _ func(int64) (tlog.TreeProof, error)) ([]byte, error) {
		signed, err := note.Sign(&note.Note{Text: c.Text()}, witness)
		_, lines, _ := bytes.Cut(signed, []byte("\n\n"))
		return lines, err
	}); err != nil {
		t.Fatal(err)
	}
	want := contents(t, p.store)
	if !strings.Contains(want, "— witness.example ") {
		t.Fatalf("the checkpoint is not cosigned: %s", want)
	}
	file, _ := p.backup(nil)
	to := filepath.Join(t.TempDir(), "data")
	if _, err := restore(t, file, to, p.verifier); err != nil {
		t.Fatal(err)
	}
	reader, err := storage.OpenReader(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := contents(t, reader); got != want {
		t.Errorf("restored is\n%s\nmust be\n%s", got, want)
	}
}

func TestUnsoundLedgersAreNotCopied(t *testing.T) {
	ctx := context.Background()
	p := newPlane(t, filepath.Join(t.TempDir(), "data"))
	p.write(1)
	if _, err := backup.Write(ctx, io.Discard, p.source(), now, quiet); err == nil || !strings.Contains(err.Error(), "nothing of the ledger is signed yet") {
		t.Errorf("an unsigned ledger: %v", err)
	}
	p.publish()
	other := newPlane(t, filepath.Join(t.TempDir(), "data"))
	if _, err := backup.Write(ctx, io.Discard, backup.Source{Ledger: p.store, PublicKey: other.public, Verifier: other.verifier}, now, quiet); err == nil || !strings.Contains(err.Error(), "checkpoint of log.example") {
		t.Errorf("with another log's key: %v", err)
	}
	if _, err := backup.Write(ctx, io.Discard, backup.Source{Ledger: changed{p.store}, PublicKey: p.public, Verifier: p.verifier}, now, quiet); err == nil || !strings.Contains(err.Error(), "run proviso audit") {
		t.Errorf("a ledger that was changed: %v", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := backup.Write(stopped, io.Discard, p.source(), now, quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// changed is a ledger whose first entry is another one.
type changed struct{ ledger.Store }

func (c changed) Records(ctx context.Context, from, to int64) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		for r, err := range c.Store.Records(ctx, from, to) {
			r.Data = bytes.Replace(r.Data, []byte(`"0"`), []byte(`"1"`), 1)
			if !yield(r, err) {
				return
			}
		}
	}
}
