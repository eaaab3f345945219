package backup

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
)

// Source is what is copied.
type Source struct {
	Ledger ledger.Reader
	// PublicKey is the log's verifier key as text; Verifier the same.
	PublicKey string
	Verifier  note.Verifier
	// Keys are files with secrets that go along, by name; none without.
	Keys map[string][]byte
}

// Write copies a ledger as it is now. It checks the ledger while it reads, and
// refuses one that is not sound. Progress is told the entries that are done,
// of all.
func Write(ctx context.Context, w io.Writer, s Source, now time.Time, progress func(done, all int64)) (Summary, error) {
	sum, err := write(ctx, w, s, now, progress)
	if err != nil {
		return Summary{}, fmt.Errorf("backup: %w", err)
	}
	return sum, nil
}

func write(ctx context.Context, w io.Writer, s Source, now time.Time, progress func(done, all int64)) (sum Summary, err error) {
	held, signed, c, err := hold(ctx, s.Ledger, s.Verifier)
	if err != nil {
		return sum, err
	}
	sum = Summary{Log: c.Origin, Made: now.UTC().Truncate(time.Second), Entries: held.size, Signed: c.Size, Keys: slices.Sorted(maps.Keys(s.Keys))}
	a := newArchiveWriter(w, sum.Made)
	if err := a.addJSON(headerMember, Header{Format, sum.Log, sum.Made, strconv.FormatInt(sum.Entries, 10)}); err != nil {
		return sum, err
	}
	if err := a.add(publicKeyMember, []byte(s.PublicKey+"\n")); err != nil {
		return sum, err
	}
	if err := a.add(checkpointMember, signed); err != nil {
		return sum, err
	}
	for _, name := range sum.Keys {
		if err := a.add(keysFolder+name, s.Keys[name]); err != nil {
			return sum, err
		}
	}
	b := bundler{archive: a}
	findings, err := ledger.Check(ctx, held, s.Verifier, nil, func(index int64, e ledger.Entry, r ledger.Record) error {
		sum.Last = time.UnixMilli(e.At).UTC()
		b.add(r)
		progress(index+1, held.size)
		return nil
	})
	if err != nil {
		return sum, err
	}
	if len(findings) > 0 {
		return sum, &errUnsound{findings}
	}
	if b.flush(); b.err != nil {
		return sum, b.err
	}
	if err := a.close(); err != nil {
		return sum, err
	}
	sum.Bytes = a.count.n
	return sum, nil
}

// bundler gathers entries and writes them by bundles.
type bundler struct {
	archive              *archiveWriter
	bundle               int64
	width                int
	entries, disclosures []byte
	err                  error
}

func (b *bundler) add(r ledger.Record) {
	b.entries = append(binary.BigEndian.AppendUint16(b.entries, uint16(len(r.Data))), r.Data...)
	b.disclosures = appendDisclosure(b.disclosures, r.Disclosure)
	if b.width++; b.width == bundleSize {
		b.flush()
	}
}

func (b *bundler) flush() {
	if b.width == 0 || b.err != nil {
		return
	}
	if len(b.disclosures) > maxOpened {
		b.err = fmt.Errorf("the disclosures of %d entries from %d on have %d bytes: too many", b.width, b.bundle*bundleSize, len(b.disclosures))
		return
	}
	b.err = b.archive.add(entriesMember(b.bundle, b.width), b.entries)
	if b.err == nil {
		b.err = b.archive.add(disclosuresMember(b.bundle, b.width), b.disclosures)
	}
	b.bundle, b.width = b.bundle+1, 0
	b.entries, b.disclosures = b.entries[:0], b.disclosures[:0]
}
