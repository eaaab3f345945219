package main

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/measurement"
)

// folds splits groups into parts of about equal weight, in a fixed order;
// those of training and of serving apart, so that each part has both.
func folds(cases []measurement.Case, n int) map[string]int {
	rows := map[string]int{}
	training := map[string]bool{}
	for i := range cases {
		g := cases[i].Group()
		rows[g]++
		training[g] = cases[i].Training()
	}
	of := map[string]int{}
	if n == 0 {
		return of
	}
	for _, kind := range []bool{false, true} {
		var groups []string
		for g := range rows {
			if training[g] == kind {
				groups = append(groups, g)
			}
		}
		slices.SortFunc(groups, func(a, b string) int { return cmp.Or(cmp.Compare(rows[b], rows[a]), cmp.Compare(a, b)) })
		size := make([]int, n)
		for _, g := range groups {
			least := 0
			for k := range size {
				if size[k] < size[least] {
					least = k
				}
			}
			of[g] = least
			size[least] += rows[g] + 1
		}
	}
	return of
}
