package ledger

import (
	"iter"
	"runtime"
	"sync"
)

// aheadBatch is how many records go from hand to hand at once.
const aheadBatch = 128

// Ahead gives, for records in their order, what prepare makes of each. Records
// are read and prepared ahead of who takes them, several beside each other:
// prepare must not rest on what was made of another record. First is the
// position of the first one. An error of the records comes last.
func Ahead[T any](records iter.Seq2[Record, error], first int64, prepare func(index int64, r Record) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		workers := runtime.GOMAXPROCS(0)
		order := make(chan *prepared[T], 2*workers+2)
		todo := make(chan *prepared[T], 2*workers+2)
		stop := make(chan struct{})
		var all sync.WaitGroup
		defer all.Wait()
		defer close(stop)
		all.Go(func() {
			defer close(order)
			defer close(todo)
			readAhead(records, first, func(b *prepared[T]) bool {
				for _, to := range []chan<- *prepared[T]{todo, order} {
					select {
					case to <- b:
					case <-stop:
						return false
					}
				}
				return true
			})
		})
		for range workers {
			all.Go(func() {
				for b := range todo {
					b.made = make([]T, len(b.records))
					for i, r := range b.records {
						b.made[i] = prepare(b.first+int64(i), r)
					}
					close(b.ready)
				}
			})
		}
		for b := range order {
			<-b.ready
			for _, x := range b.made {
				if !yield(x, nil) {
					return
				}
			}
			if b.err != nil {
				var none T
				yield(none, b.err)
				return
			}
		}
	}
}

// prepared is records on their way.
type prepared[T any] struct {
	first   int64
	records []Record
	err     error // behind them
	made    []T
	ready   chan struct{} // closed when made is there
}

// readAhead reads records in batches until give wants no more.
func readAhead[T any](records iter.Seq2[Record, error], first int64, give func(*prepared[T]) bool) {
	next := func() *prepared[T] {
		return &prepared[T]{first: first, records: make([]Record, 0, aheadBatch), ready: make(chan struct{})}
	}
	b := next()
	for r, err := range records {
		if err != nil {
			b.err = err
			break
		}
		b.records = append(b.records, r)
		first++
		if len(b.records) == aheadBatch {
			if !give(b) {
				return
			}
			b = next()
		}
	}
	give(b)
}
