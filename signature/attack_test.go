package signature_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/proviso-dev/proviso/signature"
)

func signer(t testing.TB, seed byte) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sign(t testing.TB, message []byte, s ssh.Signer) []byte {
	t.Helper()
	armored, err := signature.Sign(message, s)
	if err != nil {
		t.Fatal(err)
	}
	return armored
}

// record is what a control plane does with an act that comes in: parse, find
// the authority's keys, verify, apply.
func record(c *signature.Chain, all signature.Authorities, by string, act, armored []byte, at int64, required ...string) error {
	if err := signature.Verify(act, armored, all[by], at); err != nil {
		return err
	}
	a, err := signature.ParseAct(act)
	if err != nil {
		return err
	}
	return c.Apply(a, by, at, required)
}

func canonical(t testing.TB, a signature.Act) []byte {
	t.Helper()
	data, err := a.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var (
	specOne = signature.Hash([]byte("one"))
	specTwo = signature.Hash([]byte("two"))
)

// TestAttacks: each is refused with its reason, and changes nothing.
func TestAttacks(t *testing.T) {
	const day = 24 * 3600 * 1000
	miit, mofcom, ndrc, stranger := signer(t, 1), signer(t, 2), signer(t, 3), signer(t, 4)
	old := signer(t, 5)
	all := signature.Authorities{
		"miit":   {{Public: miit.PublicKey(), From: 10 * day, Until: 100 * day}, {Public: old.PublicKey(), Until: 10 * day}},
		"mofcom": {{Public: mofcom.PublicKey()}},
		"ndrc":   {{Public: ndrc.PublicKey()}},
	}
	start := func() (*signature.Chain, []byte) {
		c := signature.NewChain("import", 1, specOne, []string{"miit", "mofcom"})
		first := canonical(t, signature.Act{Act: signature.Endorse, Permit: "import", Version: 1, Spec: specOne})
		if err := record(c, all, "miit", first, sign(t, first, miit), 20*day); err != nil {
			t.Fatal(err)
		}
		return c, first
	}
	_, first := start()
	next := signature.Act{Act: signature.Endorse, Permit: "import", Version: 1, Spec: specOne, Previous: signature.Hash(first)}
	good := canonical(t, next)
	with := func(change func(*signature.Act)) []byte {
		a := next
		change(&a)
		return canonical(t, a)
	}
	otherNamespace := func() []byte {
		s, err := sshsig.Sign(bytes.NewReader(good), mofcom, sshsig.HashSHA512, "git")
		if err != nil {
			t.Fatal(err)
		}
		return sshsig.Armor(s)
	}()
	for name, x := range map[string]struct {
		by      string
		act     []byte
		armored []byte
		at      int64
		want    error
	}{
		"no attack":                           {"mofcom", good, sign(t, good, mofcom), 21 * day, nil},
		"forged: other bytes":                 {"mofcom", good, sign(t, with(func(a *signature.Act) { a.Act = signature.Suspend }), mofcom), 21 * day, signature.ErrForged},
		"forged: a stranger's key":            {"mofcom", good, sign(t, good, stranger), 21 * day, signature.ErrUnknownKey},
		"another authority's key":             {"mofcom", good, sign(t, good, miit), 21 * day, signature.ErrUnknownKey},
		"an authority that is not known":      {"nobody", good, sign(t, good, stranger), 21 * day, signature.ErrUnknownKey},
		"an authority that it does not name":  {"ndrc", good, sign(t, good, ndrc), 21 * day, signature.ErrNotNamed},
		"another namespace":                   {"mofcom", good, otherNamespace, 21 * day, signature.ErrNamespace},
		"a key before its dates":              {"miit", good, sign(t, good, miit), 10*day - 1, signature.ErrDates},
		"a key at its end":                    {"miit", good, sign(t, good, miit), 100 * day, signature.ErrDates},
		"a retired key":                       {"miit", good, sign(t, good, old), 21 * day, signature.ErrDates},
		"replayed: the same act again":        {"miit", first, sign(t, first, miit), 21 * day, signature.ErrReplayed},
		"replayed by another":                 {"mofcom", first, sign(t, first, mofcom), 21 * day, signature.ErrReplayed},
		"replayed on another permit":          {"mofcom", with(func(a *signature.Act) { a.Permit = "export" }), nil, 21 * day, signature.ErrOther},
		"reordered: as if it were the first":  {"mofcom", with(func(a *signature.Act) { a.Act, a.Previous = signature.Suspend, "" }), nil, 21 * day, signature.ErrOrder},
		"reordered: behind one not recorded":  {"mofcom", with(func(a *signature.Act) { a.Previous = specTwo }), nil, 21 * day, signature.ErrOrder},
		"on another text":                     {"mofcom", with(func(a *signature.Act) { a.Spec = specTwo }), nil, 21 * day, signature.ErrSpec},
		"on a later version":                  {"mofcom", with(func(a *signature.Act) { a.Version = 2 }), nil, 21 * day, signature.ErrVersion},
		"an amendment that skips one":         {"mofcom", with(func(a *signature.Act) { a.Act, a.Version = signature.Amend, 3 }), nil, 21 * day, signature.ErrVersion},
		"a revocation by a stranger":          {"mofcom", with(func(a *signature.Act) { a.Act = signature.Revoke }), sign(t, with(func(a *signature.Act) { a.Act = signature.Revoke }), stranger), 21 * day, signature.ErrUnknownKey},
		"no signature":                        {"mofcom", good, []byte("x"), 21 * day, signature.ErrMalformed},
		"an empty armor":                      {"mofcom", good, []byte("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"), 21 * day, signature.ErrMalformed},
		"signed bytes that are not canonical": {"mofcom", append([]byte(" "), good...), sign(t, append([]byte(" "), good...), mofcom), 21 * day, errNotAct},
	} {
		c, _ := start()
		if x.armored == nil {
			x.armored = sign(t, x.act, mofcom)
		}
		err := record(c, all, x.by, x.act, x.armored, x.at)
		switch {
		case x.want == nil:
			if err != nil || c.State() != signature.InForce {
				t.Errorf("%s: %v, %s", name, err, c.State())
			}
			continue
		case x.want == errNotAct:
			if err == nil || !strings.Contains(err.Error(), "not an act") {
				t.Errorf("%s: %v", name, err)
			}
		case !errors.Is(err, x.want):
			t.Errorf("%s: refused because %v, must be because %v", name, err, x.want)
		}
		if c.State() != signature.Pending || c.Last() != signature.Hash(first) || len(c.Missing()) != 1 {
			t.Errorf("%s: a refused act changed the permit: %s, missing %v", name, c.State(), c.Missing())
		}
	}
}

var errNotAct = errors.New("not an act")

// TestChain walks a permit through its life.
func TestChain(t *testing.T) {
	c := signature.NewChain("p", 1, specOne, []string{"a", "b"})
	step := func(by string, act signature.Verb, version int, spec string, want signature.State, required ...string) {
		t.Helper()
		if err := c.Apply(signature.Act{Act: act, Permit: "p", Version: version, Spec: spec, Previous: c.Last()}, by, 7, required); err != nil {
			t.Fatal(err)
		}
		if c.State() != want {
			t.Fatalf("%s by %s: %s, must be %s", act, by, c.State(), want)
		}
	}
	refused := func(by string, act signature.Verb, version int, spec string, want error) {
		t.Helper()
		if err := c.Apply(signature.Act{Act: act, Permit: "p", Version: version, Spec: spec, Previous: c.Last()}, by, 7, nil); !errors.Is(err, want) {
			t.Fatalf("%s by %s: %v, must be %v", act, by, err, want)
		}
	}
	step("a", signature.Endorse, 1, specOne, signature.Pending)
	step("b", signature.Endorse, 1, specOne, signature.InForce)
	step("b", signature.Suspend, 1, specOne, signature.Suspended)
	step("a", signature.Endorse, 1, specOne, signature.Suspended) // another's suspension is not lifted
	step("b", signature.Endorse, 1, specOne, signature.InForce)
	// An amendment that names c as well takes effect when a, b and c agree.
	step("a", signature.Amend, 2, specTwo, signature.InForce, "a", "c")
	if n, _ := c.Version(); n != 1 {
		t.Errorf("version %d is in effect before all have endorsed the amendment", n)
	}
	step("b", signature.Endorse, 2, specTwo, signature.InForce)
	step("c", signature.Endorse, 2, specTwo, signature.InForce)
	if n, spec := c.Version(); n != 2 || spec != specTwo {
		t.Errorf("version %d is in effect after all have endorsed the amendment", n)
	}
	refused("b", signature.Suspend, 2, specTwo, signature.ErrNotNamed) // b is not named any more
	refused("c", signature.Suspend, 1, specOne, signature.ErrVersion)
	step("c", signature.Revoke, 2, specTwo, signature.Revoked)
	refused("c", signature.Endorse, 2, specTwo, signature.ErrRevoked)
}

func TestActVector(t *testing.T) {
	a := signature.Act{Act: signature.Endorse, Permit: "example-h200-import", Version: 3, Spec: specOne, Previous: specTwo}
	want := `{"act":"endorse","permit":"example-h200-import","previous":"3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3","spec":"7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed","v":"1","version":"3"}`
	if got := canonical(t, a); string(got) != want {
		t.Errorf("signed are\n%s\nmust be\n%s", got, want)
	}
	back, err := signature.ParseAct([]byte(want))
	if err != nil || back != a {
		t.Errorf("read as %+v, %v", back, err)
	}
}

func FuzzParseAct(f *testing.F) {
	f.Add(message)
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := signature.ParseAct(data)
		if err != nil {
			return
		}
		if again, err := a.Canonical(); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q was read and is written as %q, %v", data, again, err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	s := signer(f, 1)
	good := sign(f, message, s)
	f.Add(good)
	f.Fuzz(func(t *testing.T, armored []byte) {
		_ = signature.Verify(message, armored, []signature.Key{{Public: s.PublicKey()}}, 0)
	})
}

func FuzzParseSigners(f *testing.F) {
	f.Add([]byte(`miit valid-after="20260101Z",namespaces="proviso" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqoRVaFjpXvdPJ2QRmJHpKl3J2dZlSbQyLZ9gYQHIfi`))
	f.Fuzz(func(t *testing.T, text []byte) { _, _ = signature.ParseSigners("f", text) })
}

func TestParseSigners(t *testing.T) {
	key := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer(t, 1).PublicKey())))
	all, err := signature.ParseSigners("signers", []byte("# keys\n\nmiit,ndrc "+key+" of a ministry\nmofcom valid-after=\"20260101Z\",valid-before=\"202701011230Z\",namespaces=\"git,proviso\" "+key+"\nother namespaces=\"git\" "+key+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(all["miit"]) != 1 || len(all["ndrc"]) != 1 || len(all["other"]) != 0 {
		t.Errorf("keys %v", all)
	}
	if k := all["mofcom"][0]; k.From != 1767225600000 || k.Until != 1798806600000 {
		t.Errorf("mofcom's key counts from %d to %d", k.From, k.Until)
	}
	for text, want := range map[string]string{
		"":                                 "there is no key",
		"miit":                             "signers:1: not a public key",
		"\nmiit " + key[:40]:               "signers:2: not a public key",
		"Miit " + key:                      `"Miit" does not name an authority`,
		"miit cert-authority " + key:       `the option "cert-authority"`,
		"miit valid-after=\"2026\" " + key: `"2026" is not a time`,
		"miit valid-after=\"20270101Z\",valid-before=\"20260101Z\" " + key: "counts at no time",
	} {
		if _, err := signature.ParseSigners("signers", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, must say %q", text, err, want)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := signer(b, 1)
	armored := sign(b, message, s)
	keys := []signature.Key{{Public: s.PublicKey()}}
	b.Run("signature", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := signature.Verify(message, armored, keys, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	// What the curve alone takes, to compare with.
	b.Run("bare-ed25519", func(b *testing.B) {
		private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
		sig := ed25519.Sign(private, message)
		for b.Loop() {
			if !ed25519.Verify(private.Public().(ed25519.PublicKey), message, sig) {
				b.Fatal("does not verify")
			}
		}
	})
}
