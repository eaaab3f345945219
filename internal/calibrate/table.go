package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"github.com/proviso-dev/proviso/measurement"
)

// table writes the rows that ship with the program: of each metric, group,
// format and engine as many as each says, evenly over the order of the loads.
func table(dir, out string, each int) error {
	rows, _, err := measurement.ReadDirectory(dir)
	if err != nil {
		return err
	}
	cases, err := measurement.Cases(rows)
	if err != nil {
		return err
	}
	classes := map[string][]measurement.Row{}
	for i := range cases {
		c := &cases[i]
		key := fmt.Sprint(c.Metric, " ", c.Group(), " ", c.Format(), " ", c.Engine)
		classes[key] = append(classes[key], c.Row)
	}
	var kept []measurement.Row
	for _, key := range sortedKeys(classes) {
		all := classes[key]
		slices.SortStableFunc(all, func(a, b measurement.Row) int {
			return cmp.Or(cmp.Compare(a.Devices, b.Devices), cmp.Compare(a.Input, b.Input), cmp.Compare(a.Output, b.Output), cmp.Compare(a.Concurrency, b.Concurrency), cmp.Compare(a.Source, b.Source))
		})
		n := min(each, len(all))
		for k := range n {
			kept = append(kept, all[(2*k+1)*len(all)/(2*n)])
		}
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := measurement.WriteTable(f, kept); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d of %d rows\n", len(kept), len(rows))
	return f.Close()
}
