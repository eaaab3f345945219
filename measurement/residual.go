package measurement

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/yield"
)

// Residual is one row's published value over its prediction, with what it is
// classed by.
type Residual struct {
	Metric                                   Metric
	Accelerator, Kind, Format, Engine, Group string
	Ratio                                    float64
}

// fewest is the rows that a class needs to have an interval of its own.
const fewest = 8

// Residuals gives the errors of each class that has enough rows, from all of a
// metric to the finest. All groups of a class count the same, so that a large
// one does not speak for the next.
func Residuals(all []Residual) []yield.Residuals {
	var out []yield.Residuals
	for _, metric := range Metrics() {
		members := map[class][]Residual{}
		for _, r := range all {
			if r.Metric != metric || !(r.Ratio > 0) || math.IsInf(r.Ratio, 0) {
				continue
			}
			for _, k := range []class{{}, {"", r.Kind, "", r.Engine}, {r.Accelerator, r.Kind, "", ""}, {r.Accelerator, r.Kind, r.Format, r.Engine}} {
				members[k] = append(members[k], r)
			}
		}
		keys := make([]class, 0, len(members))
		for k := range members {
			keys = append(keys, k)
		}
		// From the widest to the finest: intervals blend in this order.
		slices.SortFunc(keys, func(a, b class) int {
			return cmp.Or(cmp.Compare(a.depth(), b.depth()), cmp.Compare(a.accelerator, b.accelerator), cmp.Compare(a.kind, b.kind), cmp.Compare(a.format, b.format), cmp.Compare(a.engine, b.engine))
		})
		for _, k := range keys {
			rows := members[k]
			if len(rows) < fewest && k != (class{}) {
				continue
			}
			groups := map[string]int{}
			for _, r := range rows {
				groups[r.Group]++
			}
			out = append(out, yield.Residuals{
				Metric: string(metric), Accelerator: k.accelerator, Kind: k.kind, Format: k.format, Engine: k.engine, Rows: len(rows), Groups: len(groups),
				P10: weighted(rows, groups, 0.1), P50: weighted(rows, groups, 0.5), P90: weighted(rows, groups, 0.9),
			})
		}
	}
	return out
}

// class is what errors are summed up by; empty parts stand for all.
type class struct{ accelerator, kind, format, engine string }

// depth is 0 for all of a metric and 3 for the finest class.
func (c class) depth() int {
	switch {
	case c == class{}:
		return 0
	case c.accelerator == "":
		return 1
	case c.format == "":
		return 2
	}
	return 3
}

// weighted is a quantile in which each row weighs one over its group's rows.
func weighted(rows []Residual, groups map[string]int, q float64) float64 {
	slices.SortFunc(rows, func(a, b Residual) int { return cmp.Compare(a.Ratio, b.Ratio) })
	total := 0.0
	for _, r := range rows {
		total += 1 / float64(groups[r.Group])
	}
	sum := 0.0
	for _, r := range rows {
		if sum += 1 / float64(groups[r.Group]); sum >= q*total {
			return digits(r.Ratio)
		}
	}
	return digits(rows[len(rows)-1].Ratio)
}

// digits keeps four, so that files do not change with the last bits of a
// platform's arithmetic.
func digits(v float64) float64 {
	x, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil {
		return v
	}
	return x
}
