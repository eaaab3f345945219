package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/proviso-dev/proviso/measurement"
	"github.com/proviso-dev/proviso/yield"
)

// intervals computes the held-out errors again with the coefficients as they
// are: what fit does at its end.
func intervals(dir, out string) error {
	rows, _, err := measurement.ReadDirectory(dir)
	if err != nil {
		return err
	}
	cases, err := measurement.Cases(rows)
	if err != nil {
		return err
	}
	c := *yield.Fitted()
	var errors []heldOut
	predictors := map[string]*yield.Predictor{}
	for i := range cases {
		g := cases[i].Group()
		if predictors[g] == nil {
			if predictors[g], err = yield.Without(&c, g); err != nil {
				return err
			}
		}
		errors = append(errors, heldOut{&cases[i], cases[i].Predict(predictors[g])})
	}
	c.Residuals = residuals(errors)
	return write(&c, out)
}

// write writes the coefficients' file.
func write(c *yield.Coefficients, out string) error {
	data, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(data, '\n'), 0o644) //nolint:gosec // public figures
}

// residuals turns held-out errors into the classes that intervals come from.
func residuals(errors []heldOut) []yield.Residuals {
	all := make([]measurement.Residual, 0, len(errors))
	for _, e := range errors {
		all = append(all, measurement.Residual{
			Metric: e.c.Metric, Accelerator: e.c.Accelerator, Kind: e.c.ModelKind(), Format: e.c.Format(), Engine: string(e.c.Engine), Group: e.c.Group(),
			Ratio: e.c.Value / e.got,
		})
	}
	return measurement.Residuals(all)
}

// summarise prints the held-out errors of each metric and group.
func summarise(errors []heldOut) {
	for _, metric := range measurement.Metrics() {
		all := map[string][]float64{}
		for _, e := range errors {
			if e.c.Metric == metric {
				off := math.Abs(e.got/e.c.Value - 1)
				all[""] = append(all[""], off)
				g := e.c.Group() + " " + e.c.Format() + " " + string(e.c.Engine)
				all[g] = append(all[g], off)
				signed := "~" + g
				all[signed] = append(all[signed], e.got/e.c.Value-1)
			}
		}
		for _, g := range sortedKeys(all) {
			if g != "" && g[0] == '~' {
				continue
			}
			bias := 0.0
			if g != "" {
				bias = median(all["~"+g])
			}
			fmt.Fprintf(os.Stderr, "%-10s %-55s %5d rows  %5.1f %%  %+6.1f %%\n", metric, g, len(all[g]), 100*median(all[g]), 100*bias)
		}
	}
}
