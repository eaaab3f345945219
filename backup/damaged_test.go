package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/backup"
	"github.com/proviso-dev/proviso/ledger"
)

// TestDamagedFiles: a file that was cut off or changed anywhere is refused, or
// gives the same ledger.
func TestDamagedFiles(t *testing.T) {
	p := newPlane(t, filepath.Join(t.TempDir(), "data"))
	p.write(5)
	p.publish()
	want := contents(t, p.store)
	file, _ := p.backup(map[string][]byte{"log.key": []byte("secret")})
	memory := func(file []byte) (string, error) {
		s := &memory{}
		r, err := backup.Read(context.Background(), bytes.NewReader(file), s, nil, quiet)
		if err != nil {
			return "", err
		}
		if string(r.Keys["log.key"]) != "secret" || r.Entries != 5 {
			return "something else", nil
		}
		return contents(t, s), nil
	}
	if got, err := memory(file); err != nil || got != want {
		t.Fatalf("the file as it is: %v\n%s", err, got)
	}
	refused, harmless := 0, 0
	for bit := range 8 * len(file) {
		if bit%7 != 0 && bit/8 > 2048 { // all bits of the first members, one in seven behind
			continue
		}
		flipped := bytes.Clone(file)
		flipped[bit/8] ^= 1 << (bit % 8)
		switch got, err := memory(flipped); {
		case err != nil:
			refused++
		case got == want:
			harmless++
		default:
			t.Errorf("bit %d was flipped, and it is restored as\n%s", bit, got)
		}
	}
	t.Logf("%d flips are refused, %d change nothing", refused, harmless)
	for n := 0; n <= bytes.LastIndexByte(file, '}'); n += 97 { // behind the manifest are zeros
		if _, err := memory(file[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are restored", n, len(file))
		}
	}
}

// TestForgedFiles: a file that is consistent in itself, and wrong.
func TestForgedFiles(t *testing.T) {
	p := newPlane(t, filepath.Join(t.TempDir(), "data"))
	p.write(3)
	p.publish()
	p.write(1)
	good, _ := p.backup(nil)
	other := newPlane(t, filepath.Join(t.TempDir(), "data"))
	other.write(3)
	other.publish()
	foreign, _ := other.backup(nil)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"another log's", foreign, "not of log.example"},
		{"empty", nil, "cut off"},
		{"no archive", []byte(strings.Repeat("no archive ", 100)), "not a tar archive"},
		{"an entry was taken out", rebuild(t, good, func(name string, data []byte) (string, []byte) {
			return strings.Replace(name, ".p/4", ".p/3", 1), bytes.Replace(data, []byte(`"entries": "4"`), []byte(`"entries": "3"`), 1)
		}), "it has 4 entries, must have 3"},
		{"fewer than are signed", rebuild(t, good, func(name string, data []byte) (string, []byte) {
			return name, bytes.Replace(data, []byte(`"entries": "4"`), []byte(`"entries": "2"`), 1)
		}), "its checkpoint is of 3 entries"},
		{"an entry is another", rebuild(t, good, func(name string, data []byte) (string, []byte) {
			return name, bytes.Replace(data, []byte(`{"n":"1"}`), []byte(`{"n":"7"}`), 1)
		}), "are not those of the checkpoint"},
		{"an entry is none", rebuild(t, good, func(name string, data []byte) (string, []byte) {
			return name, bytes.Replace(data, []byte(`{"n":"3"}`), []byte(`{"n": 33}`), 1)
		}), "entry 3: not an entry"},
		{"a key with a path", rebuild(t, good, func(name string, data []byte) (string, []byte) {
			return strings.Replace(name, "checkpoint", "keys/../../x", 1), data
		}), "where checkpoint must be"},
		{"a later format", rebuild(t, good, func(name string, data []byte) (string, []byte) {
			return name, bytes.Replace(data, []byte(backup.Format), []byte("proviso.dev/backup/v9"), 1)
		}), `in the format "proviso.dev/backup/v9"`},
	} {
		_, err := restore(t, c.file, filepath.Join(t.TempDir(), "data"), p.verifier)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, must be refused with %q", c.name, err, c.want)
		}
	}
}

// rebuild changes members and gives them the manifest that fits.
func rebuild(t *testing.T, file []byte, change func(string, []byte) (string, []byte)) []byte {
	t.Helper()
	var out bytes.Buffer
	in, w := tar.NewReader(bytes.NewReader(file)), tar.NewWriter(&out)
	var manifest strings.Builder
	manifest.WriteString(`{"format":"` + backup.Format + `","members":[`)
	for first := true; ; first = false {
		h, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		name := h.Name
		if name == "manifest.json" {
			data = []byte(manifest.String() + "]}")
		} else {
			name, data = change(name, data)
			if !first {
				manifest.WriteString(",")
			}
			fmt.Fprintf(&manifest, `{"name":%q,"sha256":"%x"}`, name, sha256.Sum256(data))
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// memory is a store that forgets.
type memory struct {
	records []ledger.Record
	value   []byte
}

func (m *memory) Size(context.Context) (int64, error) { return int64(len(m.records)), nil }

func (m *memory) Records(_ context.Context, from, to int64) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		for _, r := range m.records[from:to] {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (*memory) Tile(context.Context, int, int64) ([]byte, error) { return nil, ledger.ErrNotFound }

func (m *memory) Value(context.Context, string) ([]byte, error) {
	if m.value == nil {
		return nil, ledger.ErrNotFound
	}
	return m.value, nil
}

func (m *memory) Append(_ context.Context, _ int64, records []ledger.Record, _ []ledger.Tile) error {
	m.records = append(m.records, records...)
	return nil
}

func (m *memory) SetValue(_ context.Context, _ string, value []byte) error {
	m.value = value
	return nil
}

func (*memory) Close() error { return nil }
