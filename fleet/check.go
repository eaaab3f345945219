package fleet

import (
	"math/big"
	"strings"
)

// Check is one comparison of a product's figure with a rule's bound.
type Check struct {
	// What is compared: TPP, performance density, DRAM bandwidth.
	Figure string
	// What the rule asks: ≥, > or <.
	Relation string
	// The bound, as the rule writes it.
	Bound string
	// Whether the figure keeps to it.
	Answer Answer
	// The comparison as it is in truth ("15832 ≥ 4800"), with what was asked
	// where that fails; a question where it cannot be made.
	Text string
	// Why the comparison cannot be made; empty when it can.
	Why string
}

// measure is a figure of a product to compare with bounds.
type measure struct {
	name string
	unit string
	// value is nil when the figure is not known.
	value *big.Rat
	// atLeast says that the true figure may be higher than value.
	atLeast bool
	// places is the number of decimals to show at least.
	places int
	// why says what is missing when a comparison cannot be made.
	why string
}

func (m measure) compare(relation, bound string) Check {
	c := Check{Figure: m.name, Relation: relation, Bound: bound, Answer: Unknown}
	if m.value == nil {
		c.Text, c.Why = m.name+" "+relation+" "+bound+m.in()+"?", m.why
		return c
	}
	limit, _ := new(big.Rat).SetString(bound)
	cmp := m.value.Cmp(limit)
	var kept bool
	truth := relation
	switch relation {
	case "≥":
		kept, truth = cmp >= 0, pick(cmp >= 0, "≥", "<")
	case ">":
		kept, truth = cmp > 0, pick(cmp > 0, ">", "≤")
	case "<":
		kept, truth = cmp < 0, pick(cmp < 0, "<", "≥")
	}
	c.Answer = NotMet
	if kept {
		c.Answer = Met
	}
	// A lower bound proves that a figure is at least something, never that it
	// is below something.
	if m.atLeast && (relation == "<") == kept {
		c.Answer = Unknown
		c.Text, c.Why = "at least "+m.show(limit)+" "+relation+" "+bound+m.in()+"?", m.why
		return c
	}
	c.Text = m.show(limit) + " " + truth + " " + bound + m.in()
	if !kept {
		c.Text += " (asked: " + relation + ")"
	}
	return c
}

// in is the unit behind a number.
func (m measure) in() string {
	if m.unit == "" {
		return ""
	}
	return " " + m.unit
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// show writes the value with as many decimals as it takes to see on which side
// of the bound it lies: 5.9199 is not shown as 5.92.
func (m measure) show(bound *big.Rat) string {
	for places := m.places; places <= 12; places++ {
		s := m.value.FloatString(places)
		if shown, _ := new(big.Rat).SetString(s); shown.Cmp(bound) == m.value.Cmp(bound) {
			return s
		}
	}
	return m.value.RatString()
}

// whyMissing gives the reasons that the data sheet names for a missing field.
func whyMissing(a Accelerator, prefix string) string {
	var why []string
	for _, g := range a.Gaps {
		if strings.HasPrefix(g.Field, prefix) {
			why = append(why, g.Field+" "+g.Why)
		}
	}
	if len(why) == 0 {
		return "the data sheet does not give it"
	}
	return strings.Join(why, "; ")
}
