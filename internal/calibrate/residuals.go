package main

import (
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/proviso-dev/proviso/measurement"
	"github.com/proviso-dev/proviso/yield"
)

// residuals gives the held-out errors of each class that has enough rows, from
// the finest to all of a metric.
func residuals(errors []heldOut) []yield.Residuals {
	type class struct{ accelerator, kind, format, engine string }
	var out []yield.Residuals
	for _, metric := range measurement.Metrics() {
		ratios, groups := map[class][]float64{}, map[class]map[string]bool{}
		for _, e := range errors {
			if e.c.Metric != metric || !(e.got > 0) {
				continue
			}
			engine := string(e.c.Engine)
			for _, k := range []class{
				{e.c.Accelerator, e.c.ModelKind(), e.c.Format(), engine}, {e.c.Accelerator, e.c.ModelKind(), "", ""}, {"", e.c.ModelKind(), "", engine}, {},
			} {
				ratios[k] = append(ratios[k], e.c.Value/e.got)
				if groups[k] == nil {
					groups[k] = map[string]bool{}
				}
				groups[k][e.c.Group()] = true
			}
		}
		keys := make([]class, 0, len(ratios))
		for k := range ratios {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b class) int {
			for _, p := range [][2]string{{a.accelerator, b.accelerator}, {a.kind, b.kind}, {a.format, b.format}, {a.engine, b.engine}} {
				if p[0] != p[1] {
					if p[0] < p[1] {
						return -1
					}
					return 1
				}
			}
			return 0
		})
		for _, k := range keys {
			r := ratios[k]
			if len(r) < 8 && k != (class{}) {
				continue
			}
			slices.Sort(r)
			out = append(out, yield.Residuals{
				Metric: string(metric), Accelerator: k.accelerator, Kind: k.kind, Format: k.format, Engine: k.engine, Rows: len(r), Groups: len(groups[k]),
				P10: round(quantile(r, 0.1)), P50: round(quantile(r, 0.5)), P90: round(quantile(r, 0.9)),
			})
		}
	}
	return out
}

func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
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
