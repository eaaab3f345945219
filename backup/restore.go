package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
)

// Restored is a ledger that was made from a file, with what else was in it.
type Restored struct {
	Summary
	// PublicKey is the log's verifier key as text.
	PublicKey string
	// Keys are the files with secrets, by name.
	Keys map[string][]byte
}

// Read puts the ledger of a file into an empty store and checks it there. Log
// is the key that the checkpoint must be signed with; nil takes the one that
// the file names, and then nothing but the file itself says whose ledger it
// is. After an error the store must be thrown away.
func Read(ctx context.Context, r io.Reader, into ledger.Store, log note.Verifier, progress func(done, all int64)) (*Restored, error) {
	out, err := read(ctx, newArchiveReader(r), into, log, progress)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	return out, nil
}

func read(ctx context.Context, a *archiveReader, into ledger.Store, log note.Verifier, progress func(done, all int64)) (*Restored, error) {
	out := &Restored{Keys: map[string][]byte{}}
	if err := out.begin(a); err != nil {
		return nil, err
	}
	named, err := note.NewVerifier(out.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("%s: not the public key of a log: %w", publicKeyMember, err)
	}
	if log == nil {
		log = named
	}
	if named.Name() != log.Name() || named.KeyHash() != log.KeyHash() {
		return nil, fmt.Errorf("it is a copy of the log %s (%08x), not of %s (%08x)", named.Name(), named.KeyHash(), log.Name(), log.KeyHash())
	}
	signed, err := a.expect(checkpointMember, maxSmall)
	if err != nil {
		return nil, err
	}
	own, c, err := ownSignature(signed, log)
	if err != nil {
		return nil, err
	}
	if c.Origin != out.Log || c.Size > out.Entries {
		return nil, fmt.Errorf("its checkpoint is of %d entries of %s, it says that it has %d of %s", c.Size, c.Origin, out.Entries, out.Log)
	}
	out.Signed = c.Size
	if err := out.entries(ctx, a, into, log, progress); err != nil {
		return nil, err
	}
	if err := into.SetValue(ctx, ledger.CheckpointValue, signed); err != nil {
		return nil, err
	}
	held := &still{Reader: into, size: out.Entries, checkpoint: own}
	findings, err := ledger.Check(ctx, held, log, nil, func(_ int64, e ledger.Entry, _ ledger.Record) error {
		out.Last = time.UnixMilli(e.At).UTC()
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(findings) > 0 {
		return nil, &errUnsound{findings}
	}
	out.Bytes = a.count.n
	return out, nil
}

// begin reads what stands before the checkpoint.
func (out *Restored) begin(a *archiveReader) error {
	data, err := a.expect(headerMember, maxSmall)
	if err != nil {
		return err
	}
	var h Header
	if err := strictJSON(data, &h); err != nil {
		return fmt.Errorf("%s: %w", headerMember, err)
	}
	if h.Format != Format {
		return fmt.Errorf("it is in the format %q, this program knows %s", h.Format, Format)
	}
	out.Log, out.Made = h.Log, h.Made
	if out.Entries, err = strconv.ParseInt(h.Entries, 10, 64); err != nil || out.Entries < 0 {
		return fmt.Errorf("%s: %q is no number of entries", headerMember, h.Entries)
	}
	key, err := a.expect(publicKeyMember, maxSmall)
	out.PublicKey = strings.TrimSuffix(string(key), "\n")
	return err
}

// batchBundles is how many bundles are written in one transaction.
const batchBundles = 32

// entries reads keys, entries and the manifest.
func (out *Restored) entries(ctx context.Context, a *archiveReader, into ledger.Store, log note.Verifier, progress func(done, all int64)) error {
	tree, err := ledger.Open(ctx, into, nil, log) // it signs nothing here
	if err != nil {
		return err
	}
	if tree.Size() > 0 {
		return errors.New("the store has entries already")
	}
	name, data, err := a.next(maxOpened)
	for ; err == nil && strings.HasPrefix(name, keysFolder); name, data, err = a.next(maxOpened) {
		file := strings.TrimPrefix(name, keysFolder)
		if file == "" || strings.ContainsAny(file, "/\\") || strings.HasPrefix(file, ".") {
			return fmt.Errorf("%q is no name of a file", file)
		}
		out.Keys[file] = data
		out.Summary.Keys = append(out.Summary.Keys, file)
	}
	if err != nil {
		return err
	}
	if !slices.IsSorted(out.Summary.Keys) || len(out.Keys) != len(out.Summary.Keys) {
		return errors.New("its keys are not in order, or one is there twice")
	}
	for bundle := int64(0); bundle*bundleSize < out.Entries; bundle++ {
		width := int(min(bundleSize, out.Entries-bundle*bundleSize))
		if want := entriesMember(bundle, width); name != want {
			return fmt.Errorf("where %s must be there is %q", want, name)
		}
		opened, err := a.expect(disclosuresMember(bundle, width), maxOpened)
		if err != nil {
			return err
		}
		if err := appendBundle(tree, data, opened, width); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if bundle%batchBundles == batchBundles-1 {
			if err := tree.Flush(ctx); err != nil {
				return err
			}
		}
		progress(bundle*bundleSize+int64(width), out.Entries)
		if name, data, err = a.next(maxManifest); err != nil {
			return err
		}
	}
	if err := tree.Flush(ctx); err != nil {
		return err
	}
	if name != manifestMember {
		return fmt.Errorf("where %s must be there is %q", manifestMember, name)
	}
	return a.finish(data)
}

func appendBundle(tree *ledger.Log, data, opened []byte, width int) error {
	entries, err := ledger.ParseBundle(data)
	if err != nil {
		return err
	}
	if len(entries) != width {
		return fmt.Errorf("it has %d entries, must have %d", len(entries), width)
	}
	disclosures, err := parseDisclosures(opened, width)
	if err != nil {
		return fmt.Errorf("its disclosures: %w", err)
	}
	for i := range entries {
		if _, err := tree.Append(ledger.Record{Data: entries[i], Disclosure: disclosures[i]}); err != nil {
			return err
		}
	}
	return nil
}
