package storage_test

import (
	"context"
	"flag"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/internal/simdisk"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

var flipAll = flag.Bool("flip-all", false, "flip every bit of the store's file, not one in 61")

// TestFlippedBitsOfTheFile flips bits of the file that a ledger is kept in: a
// check finds the flip, or it changed nothing of what the ledger says. (Every
// bit of entries, tiles and checkpoints is flipped by the tests of package
// ledger; a disclosure that changed does not open its commitment.)
func TestFlippedBitsOfTheFile(t *testing.T) {
	ctx := context.Background()
	skey, vkey, err := note.GenerateKey(nil, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := note.NewSigner(skey)
	verifier, _ := note.NewVerifier(vkey)
	disk := simdisk.New(1, simdisk.Faults{})
	// contents gives all that is read, or what is found.
	contents := func(d *simdisk.Disk) (text string, found error) {
		name, unregister, err := d.Register()
		if err != nil {
			t.Fatal(err)
		}
		defer unregister()
		s, err := storage.OpenSQLite(ctx, "ledger.db", storage.SQLiteOptions{VFS: name, PageSize: 512})
		if err != nil {
			return "", err
		}
		defer s.Close()
		findings, err := ledger.Check(ctx, s, verifier, nil, func(_ int64, _ ledger.Entry, r ledger.Record) error {
			text += string(r.Data) + "\n"
			return nil
		})
		if err != nil || len(findings) > 0 {
			return "", fmt.Errorf("%v %v", findings, err)
		}
		signed, err := s.Value(ctx, ledger.CheckpointValue)
		return text + string(signed), err
	}
	name, unregister, err := disk.Register()
	if err != nil {
		t.Fatal(err)
	}
	s, err := storage.OpenSQLite(ctx, "ledger.db", storage.SQLiteOptions{VFS: name, PageSize: 512})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(ctx, s, signer, verifier)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		data, err := ledger.Encode(ledger.Entry{At: 1, Kind: "test", Body: fmt.Appendf(nil, `{"n":"%d"}`, i)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(ledger.Record{Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Publish(ctx, nil); err != nil {
		t.Fatal(err)
	}
	s.Close() // which moves all into the one file
	unregister()
	want, found := contents(disk)
	if found != nil {
		t.Fatal(found)
	}
	step := 61
	if *flipAll {
		step = 1
	}
	caught, harmless := 0, 0
	for bit := 0; bit < 8*disk.Size("ledger.db"); bit += step {
		got, found := contents(disk.Flipped("ledger.db", bit))
		switch {
		case found != nil:
			caught++
		case got == want:
			harmless++
		default:
			t.Errorf("bit %d was flipped, nothing is found, and what is read is another:\n%s", bit, got)
		}
	}
	t.Logf("of %d bits flipped, %d were found and %d changed nothing", caught+harmless, caught, harmless)
	if caught == 0 {
		t.Error("no flip was found: the test looks at nothing")
	}
}
