package ledger_test

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
)

func TestPolicyQuorum(t *testing.T) {
	text := "# the example of C2SP tlog-policy\n\n"
	byName := map[string]note.Signature{}
	for i, name := range []string{"X1", "X2", "X3", "Y1", "Y2", "Y3"} {
		_, v, vkey := cosigner(t, "witness.example/"+name, byte(i+2))
		text += " witness\t" + name + " " + vkey + " https://witness.example/" + name + "\n"
		byName[name] = note.Signature{Name: v.Name(), Hash: v.KeyHash()}
	}
	text += "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
	p, err := ledger.ParsePolicy("policy", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if p.Witnesses[0].URL != "https://witness.example/X1" || len(p.Verifiers()) != 6 {
		t.Errorf("witnesses %+v", p.Witnesses)
	}
	for by, ok := range map[string]bool{
		"": false, "X1 X2": false, "X1 Y1": false, "X1 X2 Y3": true, "X2 X3 Y1": true, "X1 X2 X3": false, "Y1 Y2 Y3": false, "X1 X2 X3 Y1 Y2 Y3": true,
	} {
		var sigs []note.Signature
		for _, name := range strings.Fields(by) {
			sigs = append(sigs, byName[name])
		}
		if err := p.Check(sigs); (err == nil) != ok {
			t.Errorf("cosigned by %q: %v, must be enough: %v", by, err, ok)
		}
	}
}

func TestPolicyRefuses(t *testing.T) {
	_, _, key := cosigner(t, "witness.example", 2)
	for text, want := range map[string]string{
		"":                                     "there is no quorum line",
		"quorum none\nquorum none\n":           "policy:2: a second quorum",
		"quorum W\n":                           `policy:1: no witness or group "W"`,
		"witness none " + key + "\n":           `the name "none" is taken`,
		"witness W x\n":                        "witness W: not the public key",
		"witness W " + key + "\ngroup G 2 W\n": "policy:2: a group of 1 needs all, any or a number from 1 to 1",
		"witness W " + key + "\ngroup G 0 W\n": "not \"0\"",
		"witness W " + key + "\nwitness V " + key + "\n":                  "witness V: this key is listed already",
		"witness W " + key + "\ngroup G any W\ngroup H any W\nquorum G\n": `"W" is a member of a group already`,
		"group G any G\n":         `no witness or group "G"`,
		"quorum none\r\n":         "a control character",
		"log x\nquorum none\n":    "the log's key",
		"mirror x\nquorum none\n": `unknown keyword "mirror"`,
	} {
		if _, err := ledger.ParsePolicy("policy", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, must say %q", text, err, want)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	_, _, key := cosigner(f, "witness.example", 2)
	f.Add([]byte("witness W " + key + "\ngroup G all W\nquorum G\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ledger.ParsePolicy("policy", text)
		if err == nil {
			_ = p.Check(nil)
		}
	})
}
