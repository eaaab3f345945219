package quantity

// Distribution is a value that may be uncertain: written as one value, or as
// the early, middle and late case (P10, P50, P90: the value that one, five and
// nine of ten outcomes do not exceed) with the chance that it never comes.
// The percentiles are those of the outcomes in which it does come.
type Distribution[T any] struct {
	// The one certain value, written without braces.
	Value *T `json:"value,omitempty" doc:"scalar"`
	// The early (low) case: one outcome in ten does not exceed it.
	P10 *T `json:"p10,omitempty"`
	// The middle case: half of the outcomes do not exceed it.
	P50 *T `json:"p50,omitempty"`
	// The late (high) case: nine outcomes in ten do not exceed it.
	P90 *T `json:"p90,omitempty"`
	// The chance that it never comes.
	Never Ratio `json:"never,omitempty"`
}

// Certain gives a distribution of one value.
func Certain[T any](v T) Distribution[T] { return Distribution[T]{Value: &v} }

// Set reports whether anything was written.
func (d Distribution[T]) Set() bool { return d.Value != nil || d.P50 != nil }

// Middle is the certain value or the middle case; it panics if nothing is set.
func (d Distribution[T]) Middle() T {
	if d.Value != nil {
		return *d.Value
	}
	return *d.P50
}
