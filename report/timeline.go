package report

import (
	"html/template"
	"time"
)

type timelineRowView struct {
	TimelineRow
	NewGroup bool
	Colour   int
	// Percent of the axis; From > To when there is nothing to draw.
	From, To, Mark         float64
	HasBar, HasMark, Arrow bool
	// Text is printed beside the bar, Range under it, Says is for those who do not see it.
	Text, Range, Says string
}

// HTML draws the timeline: labels in the text, bars on a common axis of dates.
func (t Timeline) HTML() template.HTML {
	axis := span{t.From, t.Until}
	var labels []string
	for _, r := range t.Rows {
		labels = append(labels, r.Label)
	}
	place := places(labels)
	rows := make([]timelineRowView, len(t.Rows))
	for i, r := range t.Rows {
		v := timelineRowView{
			TimelineRow: r, NewGroup: i == 0 || r.Group != t.Rows[i-1].Group, Colour: colour(place[r.Label]),
			HasBar: !r.Early.IsZero(), HasMark: !r.Middle.IsZero(), Text: r.Text, Range: t.between(r), Says: t.says(r),
			Arrow: r.Beyond || r.Early.IsZero(),
		}
		v.From, v.To, v.Mark = axis.at(r.Early), 100, axis.at(r.Middle)
		if !r.Late.IsZero() {
			v.To = axis.at(r.Late)
		}
		if v.Text == "" {
			v.Text = t.date(r.Middle)
		}
		rows[i] = v
	}
	return draw("timeline", struct {
		Timeline
		Rows  []timelineRowView
		Ticks []tick
	}{t, rows, axis.ticks()})
}

func (t Timeline) says(r TimelineRow) string {
	return "early " + t.date(r.Early) + ", middle " + t.date(r.Middle) + ", late " + t.late(r)
}

// between writes the range in short: the middle case stands above it.
func (t Timeline) between(r TimelineRow) string {
	switch {
	case r.Early.IsZero():
		return ""
	case r.Beyond || r.Late.IsZero():
		return "from " + day(r.Early)
	}
	return day(r.Early) + " to " + day(r.Late)
}

func (t Timeline) date(at time.Time) string {
	if at.IsZero() {
		return "not by " + day(t.Until)
	}
	return day(at)
}

func (t Timeline) late(r TimelineRow) string {
	if r.Beyond {
		return t.date(time.Time{})
	}
	return t.date(r.Late)
}

func day(t time.Time) string { return t.Format("2006-01-02") }

// Table gives the dates of every row.
func (t Timeline) Table() Table {
	table := Table{Caption: t.Title, Columns: []Column{{Title: "milestone"}, {Title: "world"}, {Title: "early"}, {Title: "middle"}, {Title: "late"}}}
	for _, r := range t.Rows {
		table.Rows = append(table.Rows, []Cell{{Text: r.Group}, {Text: r.Label}, {Text: t.date(r.Early)}, {Text: t.date(r.Middle)}, {Text: t.late(r)}})
	}
	return table
}
