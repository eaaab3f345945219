package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
)

// The names of members, in the order in which they stand. Entries and
// disclosures take turns, by bundles of 256.
const (
	headerMember     = "backup.json"
	publicKeyMember  = "log.vkey"
	checkpointMember = "checkpoint"
	keysFolder       = "keys/"
	manifestMember   = "manifest.json"
)

// bundleSize is how many entries a bundle has; the last one may have fewer.
const bundleSize = 256

// The most bytes that members may have.
const (
	maxOpened   = 64 << 20 // disclosures of a bundle
	maxSmall    = 4 << 20  // header, checkpoint, a key
	maxManifest = 1 << 30
)

// Manifest is a file's last member: what it has before.
type Manifest struct {
	Format  string   `json:"format"`
	Members []Member `json:"members"`
}

// Member is the name of a member and the hash of its content.
type Member struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

func entriesMember(bundle int64, width int) string {
	return "log/" + ledger.TilePath(tlog.Tile{H: 8, L: -1, N: bundle, W: width})
}

func disclosuresMember(bundle int64, width int) string {
	return "disclosures/" + ledger.TilePath(tlog.Tile{H: 8, L: -1, N: bundle, W: width})[len("tile/entries/"):]
}

// archiveWriter writes members and notes their hashes.
type archiveWriter struct {
	tar     *tar.Writer
	count   countingWriter
	made    time.Time
	members []Member
}

type countingWriter struct {
	w io.Writer
	n int64
}

// Write counts what is written.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func newArchiveWriter(w io.Writer, made time.Time) *archiveWriter {
	a := &archiveWriter{made: made, count: countingWriter{w: w}}
	a.tar = tar.NewWriter(&a.count)
	return a
}

func (a *archiveWriter) add(name string, data []byte) error {
	err := a.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o600, ModTime: a.made, Format: tar.FormatUSTAR})
	if err == nil {
		_, err = a.tar.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.Sum256(data)
	a.members = append(a.members, Member{name, hex.EncodeToString(sum[:])})
	return nil
}

func (a *archiveWriter) addJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return a.add(name, append(data, '\n'))
}

// close writes the manifest and ends the file.
func (a *archiveWriter) close() error {
	if err := a.addJSON(manifestMember, Manifest{Format, a.members}); err != nil {
		return err
	}
	return a.tar.Close()
}

// archiveReader reads members in order and notes their hashes.
type archiveReader struct {
	tar     *tar.Reader
	count   countingReader
	members []Member
}

type countingReader struct {
	r io.Reader
	n int64
}

// Read counts what is read.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func newArchiveReader(r io.Reader) *archiveReader {
	a := &archiveReader{count: countingReader{r: r}}
	a.tar = tar.NewReader(&a.count)
	return a
}

// next reads the next member, of at most limit bytes.
func (a *archiveReader) next(limit int64) (name string, data []byte, err error) {
	h, err := a.tar.Next()
	if err == io.EOF {
		return "", nil, errors.New("it ends before its manifest: it was cut off")
	}
	if err != nil {
		return "", nil, fmt.Errorf("not a tar archive, or a damaged one: %w", err)
	}
	if h.Typeflag != tar.TypeReg || h.Size > limit {
		return "", nil, fmt.Errorf("%q is no member of a backup, or too large", h.Name)
	}
	if data, err = io.ReadAll(a.tar); err != nil {
		return "", nil, fmt.Errorf("%s: %w", h.Name, err)
	}
	sum := sha256.Sum256(data)
	a.members = append(a.members, Member{h.Name, hex.EncodeToString(sum[:])})
	return h.Name, data, nil
}

// expect reads the next member, which must be of that name.
func (a *archiveReader) expect(name string, limit int64) ([]byte, error) {
	got, data, err := a.next(limit)
	if err == nil && got != name {
		err = fmt.Errorf("where %s must be there is %q", name, got)
	}
	return data, err
}

// finish takes the manifest, which was read last, and holds all members
// against it.
func (a *archiveReader) finish(manifest []byte) error {
	var m Manifest
	if err := strictJSON(manifest, &m); err != nil {
		return fmt.Errorf("%s: %w", manifestMember, err)
	}
	read := a.members[:len(a.members)-1]
	if m.Format != Format || len(m.Members) != len(read) {
		return fmt.Errorf("%s lists %d members, there are %d before it", manifestMember, len(m.Members), len(read))
	}
	for i := range read {
		if m.Members[i] != read[i] {
			return fmt.Errorf("%s is not as it was written: its hash is another", read[i].Name)
		}
	}
	if _, err := a.tar.Next(); err != io.EOF {
		return errors.New("there is something behind the manifest")
	}
	return nil
}

func strictJSON(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// Disclosures of a bundle: for each entry the length in 32 bits, big-endian,
// and as many bytes; 0 where the entry has none.

func appendDisclosure(b, disclosure []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(disclosure)))
	return append(b, disclosure...)
}

func parseDisclosures(data []byte, n int) ([][]byte, error) {
	list := make([][]byte, n)
	for i := range list {
		if len(data) < 4 {
			return nil, errors.New("it ends within a length")
		}
		size := int64(binary.BigEndian.Uint32(data))
		data = data[4:]
		if int64(len(data)) < size {
			return nil, errors.New("it ends within a disclosure")
		}
		if size > 0 {
			list[i] = data[:size:size]
		}
		data = data[size:]
	}
	if len(data) > 0 {
		return nil, errors.New("there is something behind the last disclosure")
	}
	return list, nil
}
