package control_test

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
)

// TestReadKept reads a submission with all that can be kept beside its entry,
// by the scanner that most take and by way of a Disclosure: both come to the
// same fact, the same texts and the same refusal.
func TestReadKept(t *testing.T) {
	quick, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[a-z0-9-]{1,20}`), rapid.StringMatching(`[A-Za-z äß]{0,40}`), rapid.SampledFrom([]string{"", "team-a", "Ä ß", `a"b`, "a\\b", "a\nb", strings.Repeat("x", 253)}), rapid.String())
		f := &control.Submit{Purpose: "research", Min: "1", Max: "1", Limit: "3600000"}
		d := f.Seal(text.Draw(rt, "end user"), text.Draw(rt, "name"), func(salt []byte) {
			copy(salt, rapid.SliceOfN(rapid.Byte(), ledger.SaltSize, ledger.SaltSize).Draw(rt, "salt"))
		})
		kept := string(d.Text())
		switch rapid.IntRange(0, 15).Draw(rt, "change") {
		case 0:
			kept = ""
		case 1:
			kept = strings.Replace(kept, `"text":"`, `"text":"x`, 1)
		case 2:
			kept = strings.Replace(kept, "endUser", "name", 1)
		case 3:
			kept = strings.Replace(kept, `{"salt":"`, `{"salt":"0`, 1)
		case 4:
			kept = strings.Replace(kept, ":", " : ", 1)
		case 5:
			kept += "x"
		case 6:
			kept = strings.Replace(kept, `{"salt"`, `{"more":"y","salt"`, 1)
		case 7:
			if len(kept) > 0 {
				at := rapid.IntRange(0, len(kept)-1).Draw(rt, "at")
				kept = kept[:at] + string(rune(rapid.IntRange(0, 300).Draw(rt, "letter"))) + kept[at+1:]
			}
		}
		body, err := control.Encode(f)
		if err != nil {
			rt.Fatal(err)
		}
		e := ledger.Entry{At: 1, Kind: "submit", Body: body}
		one := control.ReadKept(e, []byte(kept))
		parsed, err := control.ParseDisclosure([]byte(kept))
		if err != nil {
			if got := control.Wrong(one); got == nil {
				rt.Fatalf("%q is read, though %v", kept, err)
			}
			refused++
			return
		}
		other := control.Read(e, parsed)
		if a, b := control.Texts(one), control.Texts(other); !reflect.DeepEqual(a, b) {
			rt.Fatalf("%q:\n%v\nand by way of a disclosure\n%v", kept, a, b)
		}
		if one.Disclosure == nil && parsed != nil {
			quick++
		}
	})
	if quick < 20 || refused < 3 {
		t.Errorf("%d were read quickly, %d refused: the test tests nothing", quick, refused)
	}
}

// TestSealOpens: what Seal keeps opens what it commits to, and nothing else
// does.
func TestSealOpens(t *testing.T) {
	f := new(control.Submit)
	n := byte(0)
	d := f.Seal("team-a", "run 7", func(salt []byte) { n++; salt[0] = n })
	for member, want := range map[string]string{"endUser": "team-a", "name": "run 7"} {
		commitment := f.EndUser
		if member == "name" {
			commitment = f.Name
		}
		if got, err := d.Open(member, commitment); err != nil || got != want {
			t.Errorf("%s: %q, %v", member, got, err)
		}
		if _, err := d.Open(member, hex.EncodeToString(make([]byte, 32))); err == nil {
			t.Errorf("%s opens another commitment", member)
		}
	}
	if got := string(d.Text()); got != fmt.Sprintf(`{"endUser":{"salt":"01%s","text":"team-a"},"name":{"salt":"02%s","text":"run 7"}}`, strings.Repeat("0", 62), strings.Repeat("0", 62)) {
		t.Errorf("it is kept as %s", got)
	}
	if d := new(control.Submit).Seal("", "", nil); d != nil || d.Text() != nil {
		t.Errorf("nothing is sealed, and %v is kept", d)
	}
}
