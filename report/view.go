// Package report draws results as tables and as one self-contained HTML page:
// inline SVG, no script, nothing fetched, light and dark, readable on a phone.
//
// The charts and the page know nothing of plans: view structs are filled from
// results first. Numbers in them are for drawing alone and may be rounded, and
// what is printed arrives as text.
package report

import (
	"html/template"
	"time"
)

// Page is one report. Everything but Title may be empty.
type Page struct {
	// The question that the page answers.
	Title string
	// One sentence under the title.
	Lead string
	// How the answer was found: period, samples, seed, version.
	Facts []Fact
	// The answer in words, one paragraph each; it stands first.
	Answer []string
	// The evidence, from general to specific.
	Sections []Section
	// Terms explained at the end: Glossary() when nil.
	Terms []Term
	// What stands at the foot, such as the command that made the page.
	Footer string
}

// Fact is a name with its value.
type Fact struct{ Name, Value string }

// Term is a word of the page with its meaning.
type Term struct{ Name, Meaning string }

// Section is a part of the page: text, then tables, then figures.
type Section struct {
	// The anchor, unique in the page, of letters, digits and hyphens.
	ID      string
	Title   string
	Text    []string
	Tables  []Table
	Figures []Figure
}

// Figure is a chart: Timeline, Area, Lines or Bars. The page puts its table
// below it, folded, for those who do not see it or want the numbers.
type Figure interface {
	HTML() template.HTML
	Table() Table
}

// Table is a table of text.
type Table struct {
	Caption string
	Columns []Column
	// The rows; the first cell of each names it.
	Rows [][]Cell
	// What stands under the table.
	Note string
}

// Column is the head of a column.
type Column struct {
	Title string
	// Numbers are aligned to the right.
	Number bool
}

// Cell is one cell: its text, and a smaller second line.
type Cell struct{ Text, Detail string }

// Timeline shows dates that are uncertain: for each row a bar from the early
// to the late case with a mark at the middle one.
type Timeline struct {
	ID, Title, Description string
	// The dates at the ends of the axis.
	From, Until time.Time
	// Rows of one group follow each other.
	Rows []TimelineRow
}

// TimelineRow is a milestone (the group) in a world (the label). A case that
// does not come before Until has a zero time.
type TimelineRow struct {
	Label, Group        string
	Early, Middle, Late time.Time
	// Beyond says that the late case lies after the axis, or never comes.
	Beyond bool
	// What is printed beside the bar; the middle date when empty.
	Text string
}

// Area shows a whole that is made of parts over time, with lines over it.
// Values hold from their time to the next one.
type Area struct {
	ID, Title, Description string
	// What is counted, such as devices.
	Unit string
	// The times of the values, rising; the last one ends the axis.
	Times []time.Time
	// The parts, from the bottom up: at most six, each with a value per time.
	Layers []Series
	// Lines over the areas: at most two, each with a value per time.
	Lines []Series
}

// Series is a named row of values, one per time.
type Series struct {
	Name   string
	Values []float64
}

// Lines shows percentages over time as small charts, one beside the other.
type Lines struct {
	ID, Title, Description string
	// The dates at the ends of every axis.
	From, Until time.Time
	Panels      []Panel
}

// Panel is one small chart.
type Panel struct {
	Name string
	// A short remark under the name, such as the condition's basis.
	Note string
	// The points, joined by straight lines; two at one time make a step.
	Points []Point
}

// Point is a percentage at a time.
type Point struct {
	At      time.Time
	Percent float64
}

// Bars shows signed values, each with its standard error.
type Bars struct {
	ID, Title, Description string
	// What the values are in, such as days.
	Unit string
	Rows []Bar
}

// Bar is one value.
type Bar struct {
	Label string
	// How firmly the condition stands: law, reported or assumed.
	Basis string
	// The value, and one standard error of it (0: exact).
	Value, Error float64
	// The value as printed, such as +33 d ± 4.
	Text string
}
