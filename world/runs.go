package world

// runsChunk is how many running jobs stand together.
const runsChunk = 1024

// runs are running jobs by number. They stand in chunks that never move: a
// fleet may start millions.
type runs struct {
	chunks [][]Running
	n      int
}

func (l *runs) len() int { return l.n }

func (l *runs) at(id JobID) *Running { return &l.chunks[id/runsChunk][id%runsChunk] }

// add makes room for one more.
func (l *runs) add() JobID {
	if l.n == len(l.chunks)*runsChunk {
		l.chunks = append(l.chunks, make([]Running, runsChunk))
	}
	l.n++
	return JobID(l.n - 1)
}

// sized gives room for as many, all empty.
func sized(n int) runs {
	var l runs
	for len(l.chunks)*runsChunk < n {
		l.chunks = append(l.chunks, make([]Running, runsChunk))
	}
	l.n = n
	return l
}

// clear forgets all. The memory is used again.
func (l *runs) clear() { l.n = 0 }
