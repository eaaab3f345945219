// Package usage reports the use of a permit from a ledger: device-hours, energy
// and jobs, by end user, purpose, tenant, site and accelerator, and what came of
// each condition. Every figure names the entries that it is added up from.
//
// The package has no I/O, clock or state of its own: the same entries give the
// same report. It goes through the entries once, and keeps what can bear on the
// report's window. It takes what the entries record for true; that the core comes to
// the same is what an audit shows. A report can be made without disclosures:
// then end users stand for themselves as commitments, and what a condition
// measures of them is said to be undetermined.
//
// [View] holds a report; [View.WriteJSON], [View.WriteCSV], [View.WriteHTML],
// [View.WriteOSCAL] and [View.WriteTable] write it. docs/reports.md explains the
// figures.
package usage

import (
	"errors"
	"fmt"
	"iter"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/ledger"
)

// Query says what a report is about.
type Query struct {
	// Permit is the permit's name.
	Permit string
	// Window is the time that is reported.
	Window Window
	// At is up to when running work counts: an instant up to which the ledger is
	// known to tell all. The last entry's where that is later.
	At calendar.Instant
}

// Report adds up the use of a permit from a ledger's records, which begin with
// its first one.
func Report(records iter.Seq2[ledger.Record, error], q Query) (*View, error) {
	return newHistory(q).report(records, q)
}

func (h *history) report(records iter.Seq2[ledger.Record, error], q Query) (*View, error) {
	for batch := range read(records) {
		for _, r := range batch.facts {
			if r.at < h.now {
				batch.err = errors.New("it bears an instant before that of the entry before")
			} else if err := h.fact(r.at, r.fact, r.disclosure); err != nil {
				batch.err = err
			} else {
				h.size++
				continue
			}
			return nil, fmt.Errorf("report of permit %s: entry %d: %w", q.Permit, h.size, batch.err)
		}
		if batch.err != nil {
			return nil, fmt.Errorf("report of permit %s: %w", q.Permit, batch.err)
		}
	}
	if h.ed == nil {
		return nil, fmt.Errorf("report of permit %s: the ledger has no documents in effect yet: it has %d entries", q.Permit, h.size)
	}
	if h.ed.permit < 0 {
		var all []string
		for i := range h.ed.rules.Permits {
			all = append(all, h.ed.rules.Permits[i].Name)
		}
		return nil, &control.UnknownError{What: "permit", Name: q.Permit, Hint: spelling.Hint(q.Permit, all)}
	}
	h.pass(max(h.now, q.At))
	return h.view(q.Window)
}
