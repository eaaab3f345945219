package server_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/hiddeco/sshsig"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// TestAttacks hands in signatures that must not count. Each is refused with its
// reason, nothing is recorded, and the permit stays as it was.
func TestAttacks(t *testing.T) {
	f := newFleet(t)
	first := f.sign(signature.Endorse, "charter", "board")
	second := f.sign(signature.Suspend, "charter", "ministry") // behind nothing, as the first
	f.must("operator", "POST", "/v1/permits/charter/acts", first, nil)
	next := f.next("charter", signature.Endorse)
	onOther := f.next("other", signature.Endorse)

	type attack struct {
		name   string
		permit string
		act    func() api.Act
		status int
		reason error
		says   string
	}
	made := func(by string, a signature.Act, key ssh.Signer) func() api.Act {
		return func() api.Act {
			text := canonical(t, a)
			return api.Act{By: by, Act: text, Signature: signed(t, text, key)}
		}
	}
	with := func(a signature.Act, change func(*signature.Act)) signature.Act {
		change(&a)
		return a
	}
	for _, x := range []attack{
		{"replayed", "charter", func() api.Act { return first }, 409, signature.ErrReplayed, ""},
		{"reordered: it was made to be the first", "charter", func() api.Act { return second }, 409, signature.ErrOrder, ""},
		{"behind an act that never was", "charter", made("ministry", with(next, func(a *signature.Act) { a.Previous = strings.Repeat("ab", 32) }), keyOf("ministry")), 409, signature.ErrOrder, ""},
		{"forged: the act was changed after it was signed", "charter", func() api.Act {
			text := canonical(t, next)
			return api.Act{By: "ministry", Act: canonical(t, with(next, func(a *signature.Act) { a.Act = signature.Revoke })), Signature: signed(t, text, keyOf("ministry"))}
		}, 403, signature.ErrForged, ""},
		{"forged: the signature is of another act", "charter", func() api.Act {
			return api.Act{By: "ministry", Act: canonical(t, next), Signature: first.Signature}
		}, 403, signature.ErrUnknownKey, ""},
		{"the signature's last byte is another", "charter", func() api.Act {
			a := made("ministry", next, keyOf("ministry"))()
			lines := strings.Split(strings.TrimSpace(a.Signature), "\n")
			last := lines[len(lines)-2]
			flipped := "A"
			if last[0] == 'A' {
				flipped = "B"
			}
			lines[len(lines)-2] = flipped + last[1:]
			a.Signature = strings.Join(lines, "\n") + "\n"
			return a
		}, 403, signature.ErrForged, ""},
		{"wrong namespace", "charter", func() api.Act {
			text := canonical(t, next)
			return api.Act{By: "ministry", Act: text, Signature: signedFor(t, "git", text, keyOf("ministry"))}
		}, 403, signature.ErrNamespace, ""},
		{"wrong key", "charter", made("ministry", next, keyOf("mallory")), 403, signature.ErrUnknownKey, ""},
		{"another authority's key", "charter", made("ministry", next, keyOf("board")), 403, signature.ErrUnknownKey, ""},
		{"a key outside its dates", "charter", made("board", next, keyOf("board-old")), 403, signature.ErrDates, ""},
		{"not a signature", "charter", func() api.Act {
			return api.Act{By: "ministry", Act: canonical(t, next), Signature: "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"}
		}, 403, signature.ErrMalformed, ""},
		{"no signature", "charter", func() api.Act { return api.Act{By: "ministry", Act: canonical(t, next)} }, 403, signature.ErrMalformed, ""},
		{"on another permit than the path says", "charter", made("council", onOther, keyOf("council")), 422, nil, "on permit other"},
		{"an act on the permit, sent as one on another", "other", made("ministry", next, keyOf("ministry")), 422, nil, "on permit charter"},
		{"another version", "charter", made("ministry", with(next, func(a *signature.Act) { a.Version = 2 }), keyOf("ministry")), 409, signature.ErrVersion, ""},
		{"another spec", "charter", made("ministry", with(next, func(a *signature.Act) { a.Spec = onOther.Spec }), keyOf("ministry")), 409, signature.ErrSpec, ""},
		{"an authority that the permit does not name", "charter", made("council", next, keyOf("council")), 403, signature.ErrNotNamed, ""},
		{"revoked by one that the permit does not name", "charter", made("council", with(next, func(a *signature.Act) { a.Act = signature.Revoke }), keyOf("council")), 403, signature.ErrNotNamed, ""},
		{"an authority that nobody knows", "charter", made("mallory", next, keyOf("mallory")), 404, nil, "there is no authority"},
		{"an amendment to a version that is not recorded", "charter", made("ministry", with(next, func(a *signature.Act) { a.Act, a.Version, a.Spec = signature.Amend, 2, onOther.Spec }), keyOf("ministry")), 422, nil, "put the document there first"},
		{"not in canonical form", "charter", func() api.Act {
			text := strings.Replace(canonical(t, next), ",", ", ", 1)
			return api.Act{By: "ministry", Act: text, Signature: signed(t, text, keyOf("ministry"))}
		}, 422, nil, "canonical"},
		{"on a permit that is not there", "nobody", made("ministry", with(next, func(a *signature.Act) { a.Permit = "nobody" }), keyOf("ministry")), 404, nil, `there is no permit "nobody"`},
	} {
		t.Run(x.name, func(t *testing.T) {
			before := f.asItIs()
			got := f.ask("operator", "POST", "/v1/permits/"+x.permit+"/acts", x.act())
			f.refusedWith(t, got, x.status, x.reason, x.says)
			if after := f.asItIs(); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
		})
	}

	// An act that was good once is none behind a revocation, which is final.
	f.must("operator", "POST", "/v1/permits/charter/acts", f.sign(signature.Revoke, "charter", "ministry"), nil)
	again := f.sign(signature.Endorse, "charter", "ministry")
	f.refusedWith(t, f.ask("operator", "POST", "/v1/permits/charter/acts", again), 409, signature.ErrRevoked, "")
	f.replay()
}

// TestKeysStay: whoever runs the control plane cannot put another key in an
// authority's place, nor take an authority out of a permit without it.
func TestKeysStay(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	before := f.asItIs()
	mine := "apiVersion: proviso.dev/v1alpha1\nkind: Authority\nmetadata: {name: board}\nspec:\n  keys: [{key: " + publicOf("mallory") + ", from: 2026-01-01}]\n"
	for _, text := range []string{mine, strings.Replace(mine, "name: board", "name: board, version: 2", 1)} {
		f.refusedWith(t, f.ask("operator", "POST", "/v1/documents", api.Documents{Text: text}), 422, nil, "")
	}
	if after := f.asItIs(); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	// The next version does without the ministry: it is recorded, and does
	// nothing until both have endorsed it.
	text := strings.Replace(nextCharter(t), "- ministry\n", "", 1)
	text = strings.Replace(text, "[board, ministry]", "[board]", 1)
	if strings.Contains(text, "ministry") {
		t.Fatalf("the ministry is still in it:\n%s", text)
	}
	f.must("operator", "POST", "/v1/documents", api.Documents{Text: text}, nil)
	var p api.Permit
	f.must("operator", "GET", "/v1/permits/charter", nil, &p)
	spec := f.specOf(text)
	amend := signature.Act{Act: signature.Amend, Permit: "charter", Version: 2, Spec: spec, Previous: p.LastAct}
	body := api.Act{By: "board", Act: canonical(t, amend), Signature: signed(t, canonical(t, amend), keyOf("board"))}
	f.must("operator", "POST", "/v1/permits/charter/acts", body, nil)
	f.must("operator", "GET", "/v1/permits/charter", nil, &p)
	if p.Version != 1 || len(p.Required) != 2 {
		t.Errorf("the board alone put version %d with %v into effect", p.Version, p.Required)
	}
	// The operator has no key, so what it signs is somebody else's.
	a := f.next("charter", signature.Endorse)
	a.Version, a.Spec = 2, spec
	forged := api.Act{By: "ministry", Act: canonical(t, a), Signature: signed(t, canonical(t, a), keyOf("mallory"))}
	f.refusedWith(t, f.ask("operator", "POST", "/v1/permits/charter/acts", forged), 403, signature.ErrUnknownKey, "")
	f.replay()
}

// TestApprovalAttacks: a yes counts for the job, the condition, the version and
// the log that were signed, and from whom the condition asks it.
func TestApprovalAttacks(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	f.must("operator", "POST", "/v1/lots/second/receive", api.Receive{Devices: 32}, nil)
	large := api.Submission{Holder: "lab", EndUser: "team-b", Purpose: "commercial", Devices: 60, For: "1h", Checkpoint: "1m"}
	var one, two api.Job
	f.must("operator", "POST", "/v1/jobs", large, &one)
	f.must("operator", "POST", "/v1/jobs", large, &two)
	if one.State != "needs-approval" {
		t.Fatalf("job %s is %s: %+v", one.Number, one.State, one.Verdict)
	}
	var c api.Canonical
	f.must("board", "GET", "/v1/jobs/"+one.Number+"/approval?permit=charter&condition=large", nil, &c)
	for _, x := range []struct {
		name   string
		yes    api.Approval
		status int
		reason error
		says   string
	}{
		{"by one who is not asked", api.Approval{By: "ministry", Approval: c.Text, Signature: signed(t, c.Text, keyOf("ministry"))}, 422, nil, "asks for the approval of others"},
		{"with another's key", api.Approval{By: "board", Approval: c.Text, Signature: signed(t, c.Text, keyOf("ministry"))}, 403, signature.ErrUnknownKey, ""},
		{"with a key outside its dates", api.Approval{By: "board", Approval: c.Text, Signature: signed(t, c.Text, keyOf("board-old"))}, 403, signature.ErrDates, ""},
		{"wrong namespace", api.Approval{By: "board", Approval: c.Text, Signature: signedFor(t, "file", c.Text, keyOf("board"))}, 403, signature.ErrNamespace, ""},
		{"of another job than was signed", api.Approval{By: "board", Approval: strings.Replace(c.Text, `"job":"`+one.Number, `"job":"`+two.Number, 1), Signature: signed(t, c.Text, keyOf("board"))}, 403, signature.ErrForged, ""},
		{"for another log", resigned(t, strings.Replace(c.Text, "example.com/fleet", "example.com/other", 1)), 422, nil, "another log"},
		{"on another version", resigned(t, strings.Replace(c.Text, `"spec":"`, `"spec":"00`, 1)), 422, nil, "another version"},
		{"of a condition that asks for none", resigned(t, strings.Replace(c.Text, `"large"`, `"attested"`, 1)), 422, nil, "asks for no approval"},
		{"of a job that is not there", resigned(t, strings.Replace(c.Text, `"job":"`+one.Number+`"`, `"job":"77"`, 1)), 404, nil, "there is no job"},
	} {
		t.Run(x.name, func(t *testing.T) {
			before := f.asItIs()
			f.refusedWith(t, f.ask("operator", "POST", "/v1/approvals", x.yes), x.status, x.reason, x.says)
			if after := f.asItIs(); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
		})
	}
	f.must("board", "POST", "/v1/approvals", api.Approval{By: "board", Approval: c.Text, Signature: signed(t, c.Text, keyOf("board"))}, nil)
	f.must("operator", "GET", "/v1/jobs/"+one.Number, nil, &one)
	f.must("operator", "GET", "/v1/jobs/"+two.Number, nil, &two)
	if one.State != "running" || two.State == "running" {
		t.Errorf("after the yes to job %s: it is %s, and job %s is %s", one.Number, one.State, two.Number, two.State)
	}
	f.must("operator", "POST", "/v1/jobs/"+one.Number+"/end", nil, nil)
	f.must("operator", "GET", "/v1/jobs/"+two.Number, nil, &two)
	if two.State != "needs-approval" {
		t.Errorf("with room for it, job %s is %s: the yes was to job %s", two.Number, two.State, one.Number)
	}
	f.replay()
}

func resigned(t *testing.T, text string) api.Approval {
	return api.Approval{By: "board", Approval: text, Signature: signed(t, text, keyOf("board"))}
}

// next is the act that comes next on a permit.
func (f *fleet) next(permit string, verb signature.Verb) signature.Act {
	f.t.Helper()
	var c api.Canonical
	f.must("operator", "GET", "/v1/permits/"+permit+"/canonical?act="+string(verb), nil, &c)
	a, err := signature.ParseAct([]byte(c.Text))
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

func canonical(t testing.TB, a signature.Act) string {
	t.Helper()
	text, err := a.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// signedFor signs a text for a namespace.
func signedFor(t testing.TB, namespace, text string, key ssh.Signer) string {
	t.Helper()
	s, err := sshsig.Sign(strings.NewReader(text), key, sshsig.HashSHA512, namespace)
	if err != nil {
		t.Fatal(err)
	}
	return string(sshsig.Armor(s))
}

// specOf is the hash of a permit's spec.
func (f *fleet) specOf(text string) string {
	f.t.Helper()
	hash, err := control.SpecHash(parsed(f.t, text)[0])
	if err != nil {
		f.t.Fatal(err)
	}
	return hash
}

// asItIs is what must not change: the permits, the jobs, and how many entries
// there are.
func (f *fleet) asItIs() string {
	f.t.Helper()
	var b strings.Builder
	for _, path := range []string{"/v1/permits/charter", "/v1/permits/other", "/v1/jobs", "/v1/accounts"} {
		b.Write(f.must("operator", "GET", path, nil, nil).body)
		b.WriteByte('\n')
	}
	text, _ := json.Marshal(len(f.store.held()))
	b.Write(text)
	return b.String()
}

// refusedWith requires a problem with a status and a reason.
func (f *fleet) refusedWith(t *testing.T, got answer, status int, reason error, says string) {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal(got.body, &p); err != nil || got.status != status || p.Status != status {
		t.Errorf("it is answered with %d %s, want %d", got.status, got.body, status)
	}
	if reason == nil {
		reason = errors.New(says)
	}
	if !strings.Contains(p.Detail, reason.Error()) {
		t.Errorf("it is refused since %q, want %q", p.Detail, reason)
	}
	if strings.Contains(p.Detail, "\n") || len(p.Detail) > 600 {
		t.Errorf("the reason is not one line: %q", p.Detail)
	}
}
