package queue

// ordered is what can stand in a heap.
type ordered[T any] interface{ before(T) bool }

var (
	_ ordered[readyGroup] = readyGroup{}
	_ ordered[look]       = look{}
)

// heap is a binary heap without interfaces: waiting work goes through it at
// each event.
type heap[T ordered[T]] []T

func (h *heap[T]) push(x T) {
	s := append(*h, x)
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !x.before(s[parent]) {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = x
	*h = s
}

func (h *heap[T]) pop() T {
	s := *h
	top, last := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	for i := 0; len(s) > 0; {
		child := 2*i + 1
		if child+1 < len(s) && s[child+1].before(s[child]) {
			child++
		}
		if child >= len(s) || !s[child].before(last) {
			s[i] = last
			break
		}
		s[i] = s[child]
		i = child
	}
	*h = s
	return top
}
