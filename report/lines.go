package report

import (
	"html/template"
	"strconv"
	"strings"
)

type panelView struct {
	Panel
	D, Fill string
	// Says names the lowest point, which is what one looks for.
	Says   string
	LowX   float64
	LowY   float64
	HasLow bool
}

// HTML draws one small chart per panel, from 0 to 100 %, its lowest point
// marked and named.
func (l Lines) HTML() template.HTML {
	axis := span{l.From, l.Until}
	panels := make([]panelView, len(l.Panels))
	for i, p := range l.Panels {
		v := panelView{Panel: p, Says: "no values"}
		var corners []string
		for _, q := range p.Points {
			corners = append(corners, number(axis.at(q.At))+" "+number(100-clamp(q.Percent)))
		}
		if low, ok := lowest(p.Points); ok {
			v.HasLow, v.LowX, v.LowY, v.Says = true, axis.at(low.At), 100-clamp(low.Percent), "lowest: "+percent(low)+" on "+day(low.At)
			v.D = "M" + strings.Join(corners, "L")
			first, last := axis.at(p.Points[0].At), axis.at(p.Points[len(p.Points)-1].At)
			v.Fill = v.D + "L" + number(last) + " 100L" + number(first) + " 100Z"
		}
		panels[i] = v
	}
	return draw("lines", struct {
		Lines
		Panels     []panelView
		Start, End string
	}{l, panels, day(l.From), day(l.Until)})
}

func clamp(p float64) float64 { return min(100, max(0, p)) }

func percent(p Point) string { return strconv.FormatFloat(p.Percent, 'f', 0, 64) + " %" }

// lowest gives the first of the lowest points.
func lowest(points []Point) (low Point, ok bool) {
	for i, p := range points {
		if i == 0 || p.Percent < low.Percent {
			low, ok = p, true
		}
	}
	return low, ok
}

// Table gives, per panel, the first, the lowest and the last value.
func (l Lines) Table() Table {
	table := Table{Caption: l.Title, Columns: []Column{{Title: "condition"}, {Title: "at first", Number: true}, {Title: "lowest", Number: true}, {Title: "on"}, {Title: "at last", Number: true}}}
	for _, p := range l.Panels {
		row := []Cell{{Text: p.Name}, {Text: "–"}, {Text: "–"}, {Text: "–"}, {Text: "–"}}
		if low, ok := lowest(p.Points); ok {
			row[1].Text, row[2].Text = percent(p.Points[0]), percent(low)
			row[3].Text, row[4].Text = day(low.At), percent(p.Points[len(p.Points)-1])
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}
