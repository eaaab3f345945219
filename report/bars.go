package report

import (
	"html/template"
	"math"
	"strconv"
)

type barView struct {
	Bar
	// Percent of the axis.
	From, Width, Low, High float64
	Gain, HasError         bool
	Says                   string
}

// HTML draws a bar per row from a common zero: to the right what is lost, to
// the left, hatched, what is gained; a whisker reaches one standard error to
// either side of the value.
func (b Bars) HTML() template.HTML {
	low, high := 0.0, 0.0
	for _, r := range b.Rows {
		low, high = min(low, r.Value-r.Error), max(high, r.Value+r.Error)
	}
	if low == high {
		high = 1
	}
	step := roundStep(high-low, 5)
	low, high = math.Floor(low/step+1e-9)*step, math.Ceil(high/step-1e-9)*step
	at := func(v float64) float64 { return 100 * (v - low) / (high - low) }
	rows := make([]barView, len(b.Rows))
	for i, r := range b.Rows {
		rows[i] = barView{
			Bar: r, From: min(at(0), at(r.Value)), Width: math.Abs(at(r.Value) - at(0)), Low: at(r.Value - r.Error), High: at(r.Value + r.Error),
			Gain: r.Value < 0, HasError: r.Error > 0, Says: b.says(r),
		}
	}
	var ticks []tick
	for v := low; v <= high+step/2; v += step {
		ticks = append(ticks, tick{At: at(v), Label: short(v)})
	}
	finish(ticks)
	for i := range ticks {
		// Numbers are short enough to stand on every tick.
		ticks[i].Minor = false
	}
	return draw("bars", struct {
		Bars
		Rows  []barView
		Ticks []tick
		Zero  float64
	}{b, rows, ticks, at(0)})
}

func (b Bars) says(r Bar) string {
	if r.Text != "" {
		return r.Text
	}
	s := strconv.FormatFloat(r.Value, 'f', 1, 64) + " " + b.Unit
	if r.Error > 0 {
		s += " ± " + strconv.FormatFloat(r.Error, 'f', 1, 64)
	}
	return s
}

// Table gives the values as text.
func (b Bars) Table() Table {
	table := Table{Caption: b.Title, Columns: []Column{{Title: "condition"}, {Title: "basis"}, {Title: b.Unit, Number: true}}}
	for _, r := range b.Rows {
		table.Rows = append(table.Rows, []Cell{{Text: r.Label}, {Text: r.Basis}, {Text: b.says(r)}})
	}
	return table
}
