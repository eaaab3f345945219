package yield

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// requestColumns are the headers that traces of requests come with: our own
// with seconds from the start, and the Azure LLM inference traces' with times.
var requestColumns = [][3]string{{"arrival", "input", "output"}, {"TIMESTAMP", "ContextTokens", "GeneratedTokens"}}

// maxRequests bounds a trace, so that a simulation fits into memory.
const maxRequests = 20_000_000

// ReadRequests reads a CSV file of requests, with a header, and puts them in
// order of arrival; name is for errors.
func ReadRequests(r io.Reader, name string) ([]Request, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	at, timed := [3]int{}, false
	found := false
	for k, names := range requestColumns {
		for i, n := range names {
			at[i] = slices.Index(head, n)
		}
		if at[0] >= 0 && at[1] >= 0 && at[2] >= 0 {
			found, timed = true, k == 1
			break
		}
	}
	if !found {
		return nil, fmt.Errorf("%s:1:1: the columns arrival, input and output are missing", name)
	}
	var out []Request
	var start time.Time
	for {
		line, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var q Request
		wrong := func(column int, what string) error {
			l, c := in.FieldPos(at[column])
			return fmt.Errorf("%s:%d:%d: %q is not %s", name, l, c, line[at[column]], what)
		}
		if timed {
			t, err := time.Parse("2006-01-02 15:04:05", line[at[0]])
			if err != nil {
				return nil, wrong(0, "a time such as 2023-11-16 18:15:46.68")
			}
			if start.IsZero() {
				start = t
			}
			q.At = t.Sub(start).Seconds()
		} else if q.At, err = strconv.ParseFloat(line[at[0]], 64); err != nil || !(q.At >= 0) || q.At > 1e9 {
			return nil, wrong(0, "a number of seconds")
		}
		for i, to := range []*int32{&q.Input, &q.Output} {
			v, err := strconv.ParseInt(line[at[i+1]], 10, 32)
			if err != nil || v < 1 {
				return nil, wrong(i+1, "a number of tokens from 1 on")
			}
			*to = int32(v)
		}
		if out = append(out, q); len(out) > maxRequests {
			return nil, fmt.Errorf("%s: more than %d requests", name, maxRequests)
		}
	}
	slices.SortStableFunc(out, func(a, b Request) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	return out, nil
}
