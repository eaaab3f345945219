package usage

import (
	"iter"

	"github.com/proviso-dev/proviso/ledger"
)

// ReportKeeping is Report that lets go of nothing, ReportForgetting one that
// lets go of what it can at each start.
func ReportKeeping(records iter.Seq2[ledger.Record, error], q Query) (*View, error) {
	h := newHistory(q)
	h.horizon.all = true
	return h.report(records, q)
}

func ReportForgetting(records iter.Seq2[ledger.Record, error], q Query) (*View, error) {
	h := newHistory(q)
	h.often = 0
	return h.report(records, q)
}
