package usage

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/world"
)

// history is what the entries so far say of one permit.
type history struct {
	permit string
	size   int64 // entries read; the index of the one that is being read
	// horizon is what the report can bear on; fresh and held say when to look
	// again at what is kept.
	horizon            horizon
	fresh, held, often int
	now                calendar.Instant

	log     string
	demo    bool
	zones   map[string]*time.Location
	docs    []*document.Document
	partial string
	// proposed are the versions of permits that may take effect, by permit.
	proposed map[string][]*document.Document

	ed       *edition
	editions []*edition
	jobs     map[string]*job // submitted and not over, by number
	runs     []*run          // on the permit's devices, in order of their start

	moves      []catalog.Move // where devices went
	deliveries []*delivery
	shifted    []*delivery // those that came by a move
	sightings  []sighting
	filings    []filing
	approvals  []approval
	notices    []notice // the first of each
	breaches   []breach
	refusals   []refusal
	changes    []change
	state      string
}

// The records of what concerns the permit, each with its entry.
type (
	sighting struct {
		lot, kind   string
		site        string // the lot's own when empty
		certificate bool
		always      bool
		sha256      string
		at          calendar.Instant
		entry       int64
	}
	filing struct {
		condition, sha256 string
		window            calendar.Instant // the end of that which it is about
		at                calendar.Instant
		entry             int64
	}
	approval struct {
		condition, job, by string
		at                 calendar.Instant
		entry              int64
	}
	notice struct {
		condition, lot, site string
		at                   calendar.Instant
		entry                int64
	}
	breach struct {
		condition string
		at        calendar.Instant
		entry     int64
	}
	refusal struct {
		condition, of, outcome string
		at                     calendar.Instant
		entry                  int64
	}
	change struct {
		what  string
		at    calendar.Instant
		entry int64
	}
)

func newHistory(q Query) *history {
	return &history{
		permit: q.Permit, horizon: q.Window.horizon(), often: oftenAtMost, zones: map[string]*time.Location{}, proposed: map[string][]*document.Document{}, jobs: map[string]*job{},
		state: "not in effect",
	}
}

// fact takes one entry.
func (h *history) fact(at calendar.Instant, f control.Fact, d *control.Disclosure) error {
	switch f.(type) {
	case *control.Genesis, *control.Zone, *control.Document, *control.Open:
	default:
		if h.ed == nil {
			return fmt.Errorf("it is of the kind %s, and no documents are in effect yet", f.Kind())
		}
	}
	switch f := f.(type) {
	case *control.Genesis:
		h.log, h.demo = f.Log, f.Demo == "true"
	case *control.Zone:
		loc, err := f.Location()
		if err != nil {
			return err
		}
		h.zones[f.Name] = loc
	case *control.Document:
		if f.Part == "1" {
			h.partial = "" // a stop cut off what came before
		}
		if f.Part != f.Parts {
			h.partial += f.Text
			break
		}
		text := h.partial + f.Text
		h.partial = ""
		h.pass(at)
		if err := h.document(at, text); err != nil {
			return err
		}
	case *control.Open:
		if err := h.open(at); err != nil {
			return err
		}
	case *control.Submit:
		if err := h.submit(f, d); err != nil {
			return err
		}
		// One that is denied on some devices can start on others still.
		h.refused("submit", at, f.Outcome.Verdict)
	case *control.End:
		h.pass(at)
		if j := h.jobs[f.Job]; j != nil {
			h.stop(j, at, "end")
		}
	case *control.Receive:
		h.refused("receive", at, f.Outcome.Verdict)
	case *control.Move:
		h.refused("move", at, f.Outcome.Verdict)
	case *control.Notice:
		first := !slices.ContainsFunc(h.notices, func(n notice) bool { return n.condition == f.Condition && n.lot == f.Lot && n.site == f.Site })
		if f.Permit == h.permit && first && !h.horizon.past(at) {
			h.notices = append(h.notices, notice{f.Condition, f.Lot, f.Site, at, h.size})
		}
	case *control.Dispose:
		h.refused("dispose", at, f.Outcome.Verdict)
	case *control.Evidence:
		h.sight(sighting{lot: f.Lot, kind: f.Evidence, site: f.Site, certificate: f.Certificate == "true", sha256: f.SHA256, at: at, entry: h.size})
	case *control.File:
		h.pass(at)
		h.file(at, f)
	case *control.Approve:
		a, err := control.ParseApproval([]byte(f.Approval))
		if err != nil {
			return err
		}
		if a.Permit == h.permit && h.horizon.touches(at) {
			h.approvals = append(h.approvals, approval{a.Condition, a.Job, f.By, at, h.size})
		}
	}
	for _, e := range control.OutcomeOf(f).Effects {
		if err := h.effect(at, &e, f); err != nil {
			return err
		}
	}
	h.pass(at)
	return nil
}

// pass lets time go on: what follows from the documents alone happens.
func (h *history) pass(at calendar.Instant) {
	h.now = max(h.now, at)
	if h.ed != nil {
		h.ed.pass(at)
	}
}

// effect takes one thing that happened.
func (h *history) effect(at calendar.Instant, e *control.Effect, f control.Fact) error {
	if e.At != "" {
		v, err := strconv.ParseInt(e.At, 10, 64)
		if err != nil {
			return fmt.Errorf("an effect at %q: %w", e.At, err)
		}
		at = calendar.Instant(v)
	}
	h.pass(at)
	switch e.Do {
	case control.Starts:
		return h.start(at, e)
	case control.Stops:
		if j := h.jobs[e.Job]; j != nil {
			h.stop(j, at, e.By)
		}
	case control.Denies:
		delete(h.jobs, e.Job)
		if c, ok := h.own(e.By); ok && h.horizon.touches(at) {
			h.refusals = append(h.refusals, refusal{c, "job", "deny", at, h.size})
		}
	case control.Arrives:
		n, err := strconv.ParseInt(e.Devices, 10, 64)
		if h.ed.stock(e.Lot) < 0 || err != nil {
			return fmt.Errorf("%s devices of the lot %q arrive: there is no such lot, or that is no number", e.Devices, e.Lot)
		}
		h.deliver(delivery{lot: e.Lot, n: n, at: at, entry: h.size})
	case control.Moves, control.Disposes:
		return h.leaves(at, f)
	case control.Breaks:
		if c, ok := h.own(e.By); ok && h.horizon.touches(at) {
			h.breaches = append(h.breaches, breach{c, at, h.size})
		}
	case control.Versions:
		return h.amend(at, e, f)
	case control.InForce, control.Suspends, control.Ends:
		h.ed.gate(e)
		if e.Permit == h.permit {
			h.state = map[control.Deed]string{control.InForce: "in force", control.Suspends: "suspended"}[e.Do]
			h.state = cmp.Or(h.state, e.By, "ended")
			h.changes = append(h.changes, change{h.state, at, h.size})
		}
	}
	return nil
}

// own gives the condition that PERMIT/CONDITION names, if it is one of the
// permit's; it is empty for what the permit demands by itself.
func (h *history) own(clause string) (string, bool) {
	permit, condition, _ := strings.Cut(clause, "/")
	return condition, permit == h.permit
}

// refused takes down which conditions refused.
func (h *history) refused(of string, at calendar.Instant, v *control.Verdict) {
	if v == nil || !h.horizon.touches(at) {
		return
	}
	seen := map[string]bool{}
	for _, r := range v.Because {
		if c, ok := h.own(r.Clause); ok && !seen[c] {
			seen[c] = true
			h.refusals = append(h.refusals, refusal{c, of, r.Outcome, at, h.size})
		}
	}
}

// file takes down for which window a report was filed: the next one, as the core
// has it.
func (h *history) file(at calendar.Instant, f *control.File) {
	for i := range h.ed.rules.Clauses {
		c := &h.ed.rules.Clauses[i]
		if c.Form != world.Duty || c.Name != f.Condition || h.ed.rules.Permits[c.Permit].Name != f.Permit {
			continue
		}
		if k := h.ed.world.Clause(int32(i)).Filed; f.Permit == h.permit && k < len(c.Due) {
			h.filings = append(h.filings, filing{f.Condition, f.SHA256, c.Due[k].Window, at, h.size})
		}
		h.ed.world.File(int32(i))
	}
}
