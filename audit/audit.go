// Package audit replays a ledger through the core and compares: whoever trusts
// neither the operator nor the authorities checks with it that every entry is
// in the tree that was signed, that every act bears its authority's signature,
// and that every verdict is what follows from the entries before it.
package audit

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
)

// Options say what an audit knows besides the ledger.
type Options struct {
	// Log is the log's public key.
	Log note.Verifier
	// Witnesses are the keys of witnesses whose cosignatures are looked for;
	// Policy is the quorum that the checkpoint must have, if there is one.
	Policy *ledger.Policy
	// Disclosures open commitments that the ledger's reader does not open.
	Disclosures map[int64]*control.Disclosure
	// Progress is told how many entries are checked, if it is set.
	Progress func(done, all int64)
}

// Finding is something wrong.
type Finding struct {
	// Entry is the position of the entry concerned, or -1.
	Entry   int64  `json:"entry"`
	Message string `json:"message"`
}

// Report is what an audit came to.
type Report struct {
	Log     string `json:"log"`
	Core    string `json:"core"`
	Demo    bool   `json:"demo,omitempty"`
	Entries int64  `json:"entries"`
	// Recomputed counts the outcomes that were computed again and agree;
	// NotRecomputed those that could not be, since something that they rest on
	// is not disclosed, or came out otherwise before.
	Recomputed    int64 `json:"recomputed"`
	NotRecomputed int64 `json:"notRecomputed"`
	// Sealed is the first entry whose commitments nothing opens, or -1.
	Sealed int64 `json:"sealed"`
	// Signatures counts signatures of authorities that verify.
	Signatures int64     `json:"signatures"`
	Findings   []Finding `json:"findings"`
}

// mostFindings bounds a report: what is broken throughout is known by then.
const mostFindings = 1000

// Run audits a ledger. It is an error if it cannot be read; what is wrong with
// it are findings.
func Run(ctx context.Context, r ledger.Reader, o Options) (*Report, error) {
	a := &auditor{o: o, state: control.NewState(), report: &Report{Core: control.Core, Sealed: -1, Findings: []Finding{}}}
	size, err := r.Size(ctx)
	if err != nil {
		return nil, err
	}
	a.size = size
	var witnesses []note.Verifier
	if o.Policy != nil {
		witnesses = o.Policy.Verifiers()
	}
	findings, err := ledger.CheckAhead(ctx, r, o.Log, witnesses, a.read, a.entry)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		a.find(f.Index, "%s", f.Message)
	}
	a.quorum(ctx, r)
	a.report.Entries = size
	if size > 0 && !a.state.Ready() {
		a.find(-1, "the ledger's beginning is not complete: nothing is in effect")
	}
	return a.report, nil
}

type auditor struct {
	o      Options
	state  *control.State
	report *Report
	size   int64
	// follows: outcomes are not computed any more.
	follows bool
}

func (a *auditor) find(entry int64, format string, args ...any) {
	if len(a.report.Findings) < mostFindings {
		a.report.Findings = append(a.report.Findings, Finding{entry, fmt.Sprintf(format, args...)})
	}
}

// read reads an entry, beside others. What was given opens its commitments, or
// what is kept beside it.
func (a *auditor) read(index int64, e ledger.Entry, r ledger.Record) control.Recorded {
	if d := a.o.Disclosures[index]; d != nil {
		return control.Read(e, d)
	}
	return control.ReadKept(e, r.Disclosure)
}

// entry audits one entry behind all before it. What is wrong with it is taken
// down.
func (a *auditor) entry(index int64, x control.Recorded) error {
	if a.o.Progress != nil && index%4096 == 0 {
		a.o.Progress(index, a.size)
	}
	if a.follows {
		a.follow(index, x.Entry)
		return nil
	}
	f, err := a.state.Replay(x)
	switch {
	case errors.Is(err, control.ErrSealed):
		a.report.Sealed = index
		a.follows = true
		a.follow(index, x.Entry)
		return nil
	case err != nil:
		a.find(index, "%s: %v", x.Entry.Kind, err)
		a.follows = true
		a.report.NotRecomputed++
		return nil
	}
	a.report.Recomputed++
	a.signed(f)
	a.begins(f)
	return nil
}

// follow checks what can be checked without the outcomes.
func (a *auditor) follow(index int64, e ledger.Entry) {
	f, whole, err := a.state.Follow(e)
	if err != nil {
		a.find(index, "%s: %v", e.Kind, err)
		return
	}
	if whole {
		a.report.Recomputed++
	} else {
		a.report.NotRecomputed++
	}
	a.signed(f)
}

func (a *auditor) signed(f control.Fact) {
	switch f.(type) {
	case *control.Act, *control.Approve:
		a.report.Signatures++
	}
}

// begins takes down what the ledger says of itself. A log that bears another
// name than its key is not the log of that key.
func (a *auditor) begins(f control.Fact) {
	g, ok := f.(*control.Genesis)
	if !ok {
		return
	}
	a.report.Log, a.report.Core, a.report.Demo = g.Log, g.Core, g.Demo == "true"
	if g.Log != a.o.Log.Name() {
		a.find(0, "the ledger says that it is the log %s, the key is that of %s", g.Log, a.o.Log.Name())
	}
}

// quorum checks that enough witnesses cosigned the last checkpoint.
func (a *auditor) quorum(ctx context.Context, r ledger.Reader) {
	if a.o.Policy == nil {
		return
	}
	signed, err := r.Value(ctx, ledger.CheckpointValue)
	if err != nil {
		return // it is a finding already
	}
	c, n, err := ledger.OpenCheckpoint(signed, a.o.Log, a.o.Policy.Verifiers()...)
	if err != nil {
		return
	}
	var cosignatures []note.Signature
	for _, s := range n.Sigs {
		if s.Name != a.o.Log.Name() || s.Hash != a.o.Log.KeyHash() {
			cosignatures = append(cosignatures, s)
		}
	}
	if err := a.o.Policy.Check(cosignatures); err != nil {
		a.find(-1, "the checkpoint of %d entries: %v", c.Size, err)
	}
}
