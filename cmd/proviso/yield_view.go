package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"

	"github.com/proviso-dev/proviso/yield"
)

// yieldFormat is the version of the JSON output.
const yieldFormat = "proviso.dev/yield/v1alpha1"

// intervalView is a prediction with its 80 % interval.
type intervalView struct {
	P10 float64 `json:"p10"`
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
}

// quantityView is one line of an answer.
type quantityView struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	intervalView
}

func line(name, unit string, v yield.Interval) quantityView {
	return quantityView{name, unit, intervalView{figures(v.P10), figures(v.P50), figures(v.P90)}}
}

func single(name, unit string, v float64) quantityView {
	return line(name, unit, yield.Interval{P10: v, P50: v, P90: v})
}

// yieldView is an answer as the table and the JSON output show it.
type yieldView struct {
	Format      string         `json:"format"`
	Question    string         `json:"question"`
	Model       string         `json:"model"`
	Accelerator string         `json:"accelerator"`
	Devices     int            `json:"devices"`
	Layout      string         `json:"layout"`
	Validated   bool           `json:"validated"`
	Basis       string         `json:"basis"`
	Quantities  []quantityView `json:"quantities"`
	Notes       []string       `json:"notes,omitempty"`
}

// basis says in words what intervals rest on.
func basis(c yield.Confidence) string {
	if !c.Validated {
		return "prior, not validated: no measurement of this accelerator with such a model; intervals are twice as wide as elsewhere"
	}
	groups := "groups"
	if c.Groups == 1 {
		groups = "group"
	}
	return fmt.Sprintf("validated: %d published measurements of the class in %d %s, each predicted by coefficients fitted without its group", c.Rows, c.Groups, groups)
}

func writeYield(w io.Writer, output string, v *yieldView) error {
	v.Format = yieldFormat
	switch output {
	case "json":
		return writeJSON(w, v)
	case "table":
		return yieldTable(w, v)
	}
	return fmt.Errorf("output %q is not known: it is table or json", output)
}

func yieldTable(w io.Writer, v *yieldView) error {
	fmt.Fprintf(w, "%s\n%s\n\n", v.Question, v.Layout)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "QUANTITY\tP10\tP50\tP90\tUNIT")
	for _, q := range v.Quantities {
		if q.P10 == q.P50 && q.P50 == q.P90 {
			fmt.Fprintf(tw, "%s\t\t%s\t\t%s\n", q.Name, amount(q.P50), q.Unit)
			continue
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", q.Name, amount(q.P10), amount(q.P50), amount(q.P90), q.Unit)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", v.Basis)
	for _, n := range v.Notes {
		fmt.Fprintln(w, n)
	}
	return nil
}

// figures keeps three significant digits: more would say more than is known.
func figures(v float64) float64 {
	x, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		return v
	}
	return x
}

// amount writes a number with three digits and separators of thousands.
func amount(v float64) string {
	v = figures(v)
	if math.Abs(v) < 1000 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
