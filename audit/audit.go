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
	a := &auditor{o: o, state: control.NewState(), report: &Report{Core: control.Core, Sealed: -1, Findings: []Finding{}}, work: make(chan []item, 64)}
	size, err := r.Size(ctx)
	if err != nil {
		return nil, err
	}
	a.size = size
	done := make(chan struct{})
	go func() {
		defer close(done)
		for batch := range a.work {
			for i := range batch {
				a.entry(&batch[i])
			}
		}
	}()
	var witnesses []note.Verifier
	if o.Policy != nil {
		witnesses = o.Policy.Verifiers()
	}
	var batch []item
	findings, err := ledger.Check(ctx, r, o.Log, witnesses, func(index int64, e ledger.Entry, rec ledger.Record) error {
		d, err := a.disclosure(index, rec.Disclosure)
		batch = append(batch, item{index, e, d, err})
		if len(batch) == batchSize {
			a.work <- batch
			batch = nil
		}
		return nil
	})
	a.work <- batch
	close(a.work)
	<-done
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

// batchSize is how many entries go from the reader of the ledger to the core at
// once: the two run side by side.
const batchSize = 256

type item struct {
	index      int64
	entry      ledger.Entry
	disclosure *control.Disclosure
	err        error // why there is none
}

type auditor struct {
	o      Options
	state  *control.State
	report *Report
	work   chan []item
	size   int64
	// follows: outcomes are not computed any more.
	follows bool
}

func (a *auditor) find(entry int64, format string, args ...any) {
	if len(a.report.Findings) < mostFindings {
		a.report.Findings = append(a.report.Findings, Finding{entry, fmt.Sprintf(format, args...)})
	}
}

// entry audits one entry behind all before it.
func (a *auditor) entry(x *item) {
	if a.o.Progress != nil && x.index%4096 == 0 {
		a.o.Progress(x.index, a.size)
	}
	if a.follows {
		a.follow(x)
		return
	}
	if x.err != nil {
		a.find(x.index, "%v", x.err)
		a.follows = true
		a.follow(x)
		return
	}
	f, err := a.state.Replay(x.entry, x.disclosure)
	switch {
	case errors.Is(err, control.ErrSealed):
		a.report.Sealed = x.index
		a.follows = true
		a.follow(x)
		return
	case err != nil:
		a.find(x.index, "%s: %v", x.entry.Kind, err)
		a.follows = true
		a.report.NotRecomputed++
		return
	}
	a.report.Recomputed++
	a.signed(f)
	a.begins(f)
}

// follow checks what can be checked without the outcomes.
func (a *auditor) follow(x *item) {
	f, whole, err := a.state.Follow(x.entry)
	if err != nil {
		a.find(x.index, "%s: %v", x.entry.Kind, err)
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

// disclosure gives what opens an entry's commitments: what was given, or what
// is kept beside the entry.
func (a *auditor) disclosure(index int64, kept []byte) (*control.Disclosure, error) {
	if d := a.o.Disclosures[index]; d != nil {
		return d, nil
	}
	return control.ParseDisclosure(kept)
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
