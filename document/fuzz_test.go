package document

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// tryAll reads, decodes, changes and blames a file; it must not panic, and a
// file that is refused says why.
func tryAll(t *testing.T, data []byte) (refused bool) {
	docs, errs := Read("f.yaml", data)
	refused = len(errs) > 0
	for _, e := range errs {
		if e.Message == "" || e.Error() == "" {
			t.Errorf("an error without words: %#v", e)
		}
	}
	for _, d := range docs {
		if d.Kind == "" || d.Name == "" {
			t.Errorf("a document without a name: %#v", d)
		}
		var s sample
		refused = len(d.Decode(&s)) > 0 || refused
		c := d.Clone()
		for _, p := range []string{"spec.parts.first-part.power", "spec.parts[0]", "spec.one.name", "spec.when"} {
			_ = d.Errorf(p, "x").Error()
			_ = d.ErrorIn(p, 2, 3, "x").Error()
			_ = c.Set(p, "1MW")
			_ = c.Set(p, nil)
		}
		c.Decode(&sample{})
	}
	return refused
}

func seeds() [][]byte {
	all := [][]byte{
		[]byte(whole), []byte(header), []byte("---\n---\n"), []byte("a: &a [*a]"), []byte("? [a]\n: b"), []byte("<<: {a: b}"),
		[]byte("a: |\n  text\n b"), []byte("%YAML 1.2\n---\na"), []byte("\xff\xfea\x00"), []byte("{a: b, a: c}"), []byte("spec: !!binary aGk="),
		[]byte(header + "  title: \"\\u0000\"\n"), []byte(whole + "---\n" + whole),
	}
	files, _ := filepath.Glob("../examples/*/*.yaml")
	for _, f := range files {
		if data, err := os.ReadFile(f); err == nil && len(data) < 64<<10 {
			all = append(all, data)
		}
	}
	return all
}

func FuzzRead(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) { tryAll(t, data) })
}

// TestMutations breaks valid files in many ways, each of which must give
// errors or success.
func TestMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	source := seeds()
	words := [][]byte{[]byte("null"), []byte("[]"), []byte("{}"), []byte(": "), []byte("- "), []byte("&x "), []byte("*x"), []byte("\t"), []byte("\n"),
		[]byte("1e999"), []byte("9999999999999999999"), []byte("!!int "), []byte("\"'"), []byte("|"), []byte("---\n"), []byte("\x00"), []byte("é")}
	refused, n := 0, 3000
	for range n {
		data := bytes.Clone(source[random.IntN(len(source))])
		if len(data) > 8<<10 {
			data = data[:8<<10]
		}
		for range 1 + random.IntN(3) {
			i := random.IntN(len(data) + 1)
			j := min(len(data), i+random.IntN(12))
			switch random.IntN(5) {
			case 0: // cut
				data = append(data[:i:i], data[j:]...)
			case 1: // insert
				data = append(data[:i:i], append(bytes.Clone(words[random.IntN(len(words))]), data[i:]...)...)
			case 2: // repeat
				data = append(data[:j:j], append(bytes.Clone(data[i:j]), data[j:]...)...)
			case 3: // garble
				if i < len(data) {
					data[i] = byte(random.IntN(256))
				}
			case 4: // truncate
				if random.IntN(8) == 0 {
					data = data[:i]
				}
			}
		}
		if tryAll(t, data) {
			refused++
		}
	}
	if refused < 1000 {
		t.Errorf("only %d of %d mutations were refused: they do not try much", refused, n)
	}
}
