package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/report"
)

// maxVariants bounds a table of variants.
const maxVariants = 400

// runVary plans again for every value of one or two fields.
func runVary(ctx context.Context, w io.Writer, paths []string, f *planFlags, vary []string, output string) error {
	if len(vary) > 2 {
		return errors.New("--vary can be given once or twice: a table has two directions")
	}
	var fields []string
	values := [][]string{}
	all := 1
	for _, v := range vary {
		path, list, ok := strings.Cut(v, "=")
		if !ok || list == "" {
			return fmt.Errorf("--vary %s: write PATH=V1,V2,…", v)
		}
		fields = append(fields, path)
		values = append(values, strings.Split(list, ","))
		all *= len(values[len(values)-1])
	}
	if all > maxVariants {
		return fmt.Errorf("--vary asks for %d plans; at most %d are made", all, maxVariants)
	}
	set, errs := catalog.Read(paths...)
	if err := loadError(errs); err != nil {
		return err
	}
	var out []report.Variant
	for i := range all {
		var changes []catalog.Change
		var chosen []string
		rest := i
		for k := len(values) - 1; k >= 0; k-- {
			chosen = append([]string{values[k][rest%len(values[k])]}, chosen...)
			rest /= len(values[k])
		}
		for k, path := range fields {
			changes = append(changes, catalog.Change{Path: path, To: chosen[k]})
		}
		p, err := newProblem(set, f, changes)
		if err != nil {
			return fmt.Errorf("%s: %w", strings.Join(chosen, ", "), err)
		}
		r, err := makeWithProgress(ctx, p.Problem)
		if err != nil {
			return err
		}
		r.Scenario, r.Supposes = p.name, p.description
		out = append(out, report.Variant{Values: chosen, Result: r})
	}
	switch output {
	case "table", "wide":
		report.Variants(w, fields, out)
		return nil
	case "json":
		return writeJSON(w, struct {
			Format   string           `json:"format"`
			Fields   []string         `json:"fields"`
			Variants []report.Variant `json:"variants"`
		}{"proviso.dev/vary/v1alpha1", fields, out})
	}
	return fmt.Errorf("--vary cannot be written as %q: write table, wide or json", output)
}
