package report

import (
	"html/template"
	"math"
	"strconv"
	"strings"
)

// areaHeight and areaWidth are the coordinates in which areas are drawn; the
// page stretches the width.
const (
	areaWidth  = 600
	areaHeight = 220
)

type areaPath struct {
	Name   string
	Colour int
	D      string
}

type level struct {
	Y     float64
	Label string
}

// HTML draws the parts as areas on top of each other, patterned, with the
// lines over them and a legend from the top down.
func (a Area) HTML() template.HTML {
	top := a.highest()
	step := roundStep(top, 4)
	top = math.Ceil(top/step-1e-9) * step
	y := func(v float64) float64 { return areaHeight * (1 - v/top) }
	sums := make([]float64, len(a.Times))
	var layers, lines []areaPath
	for i, l := range a.Layers {
		under := a.steps(sums, y)
		for k := range sums {
			sums[k] += valueAt(l, k)
		}
		d := "M" + strings.Join(a.steps(sums, y), "L") + "L" + strings.Join(reversed(under), "L") + "Z"
		// The legend reads from the top down, as the areas lie.
		layers = append([]areaPath{{l.Name, colour(i + 1), d}}, layers...)
	}
	for i, l := range a.Lines {
		values := make([]float64, len(a.Times))
		for k := range values {
			values[k] = valueAt(l, k)
		}
		lines = append(lines, areaPath{l.Name, i + 1, "M" + strings.Join(a.steps(values, y), "L")})
	}
	var levels []level
	for v := step; v <= top+step/2; v += step {
		levels = append(levels, level{y(v), short(v)})
	}
	return draw("area", struct {
		Area
		Layers, Lines []areaPath
		Levels        []level
		Ticks         []tick
		Width, Height int
	}{a, layers, lines, levels, a.span().ticks(), areaWidth, areaHeight})
}

func (a Area) span() span {
	if len(a.Times) == 0 {
		return span{}
	}
	return span{a.Times[0], a.Times[len(a.Times)-1]}
}

func (a Area) highest() float64 {
	top := 0.0
	for k := range a.Times {
		sum := 0.0
		for _, l := range a.Layers {
			sum += valueAt(l, k)
		}
		top = max(top, sum)
		for _, l := range a.Lines {
			top = max(top, valueAt(l, k))
		}
	}
	return max(top, 1)
}

// steps gives the corners of a line that holds each value up to the next time.
func (a Area) steps(values []float64, y func(float64) float64) []string {
	var corners []string
	axis := a.span()
	for k, t := range a.Times {
		x := number(axis.at(t) * areaWidth / 100)
		if k > 0 {
			corners = append(corners, x+" "+number(y(values[k-1])))
		}
		corners = append(corners, x+" "+number(y(values[k])))
	}
	return corners
}

func valueAt(s Series, k int) float64 {
	if k >= len(s.Values) {
		return 0
	}
	return s.Values[k]
}

func reversed(s []string) []string {
	r := make([]string, len(s))
	for i, v := range s {
		r[len(s)-1-i] = v
	}
	return r
}

// Table gives the values at each time.
func (a Area) Table() Table {
	table := Table{Caption: a.Title + " (" + a.Unit + ")", Columns: []Column{{Title: "from"}}}
	all := append(append([]Series{}, a.Layers...), a.Lines...)
	for _, s := range all {
		table.Columns = append(table.Columns, Column{Title: s.Name, Number: true})
	}
	for k, t := range a.Times {
		row := []Cell{{Text: day(t)}}
		for _, s := range all {
			row = append(row, Cell{Text: strconv.FormatFloat(valueAt(s, k), 'f', 0, 64)})
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}
