package usage

import (
	"fmt"
	"iter"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
)

// stated is an entry that was read.
type stated struct {
	at         calendar.Instant
	fact       control.Fact
	disclosure *control.Disclosure
}

// batch is entries in their order, and what is wrong behind them.
type batch struct {
	facts []stated
	err   error
}

// batchSize is how many entries go from the reader to the books at once: the two
// run side by side.
const batchSize = 512

// read reads records in batches, ahead of who takes them. When the loop over it
// ends, nothing reads any more.
func read(records iter.Seq2[ledger.Record, error]) iter.Seq[*batch] {
	return func(yield func(*batch) bool) {
		batches, stop, done := make(chan *batch, 8), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			defer close(batches)
			each(records, func(b *batch) bool {
				select {
				case batches <- b:
					return true
				case <-stop:
					return false
				}
			})
		}()
		defer func() { <-done }()
		defer close(stop)
		for b := range batches {
			if !yield(b) {
				return
			}
		}
	}
}

// each gives the records in batches, until give returns false or something is
// wrong.
func each(records iter.Seq2[ledger.Record, error], give func(*batch) bool) {
	b := &batch{facts: make([]stated, 0, batchSize)}
	index := int64(0)
	for r, err := range records {
		if err != nil {
			b.err = err
			break
		}
		s, err := parse(r)
		if err != nil {
			b.err = fmt.Errorf("entry %d: %w", index, err)
			break
		}
		index++
		if b.facts = append(b.facts, s); len(b.facts) == batchSize {
			if !give(b) {
				return
			}
			b = &batch{facts: make([]stated, 0, batchSize)}
		}
	}
	give(b)
}

func parse(r ledger.Record) (stated, error) {
	e, err := ledger.Decode(r.Data)
	if err != nil {
		return stated{}, err
	}
	f, err := control.Parse(e.Kind, e.Body)
	if err != nil {
		return stated{}, err
	}
	d, err := control.ParseDisclosure(r.Disclosure)
	return stated{calendar.Instant(e.At), f, d}, err
}
