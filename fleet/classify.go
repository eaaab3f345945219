package fleet

import (
	"slices"
	"strings"
)

// Answer says whether a rule is met by what is known of a product.
type Answer string

// The three answers. Unknown is never rounded to yes or no: whoever needs one
// must find the missing figure.
const (
	Met     Answer = "met"
	NotMet  Answer = "not met"
	Unknown Answer = "cannot be said"
)

// Line is one line of a rule, such as 3A090.a.1, judged for one product.
type Line struct {
	// The line's name.
	Name string
	// What it asks, in symbols.
	Asks string
	// Where the rule is written.
	Source string
	// Whether the product meets it.
	Answer Answer
	// The comparisons that decide the answer: all of them when it is met, those
	// that fail when it is not, those that lack a figure when it cannot be said.
	Arithmetic []string
	// What is missing when the answer cannot be said.
	Why []string
	// Every comparison, in the order of the rule.
	Checks []Check
}

// Classification says which lines of rules a product meets. It reads the data
// sheet alone: notes, exclusions, licence exceptions and the design or
// marketing of the product are not looked at, and it is not legal advice.
type Classification struct {
	Performance Performance
	Lines       []Line
}

// Classify judges an accelerator by the lines of a rule, each of which bears
// the rule's source.
func Classify(a Accelerator, rules []Rule, source string) (Classification, error) {
	p, err := a.Performance()
	if err != nil {
		return Classification{}, err
	}
	known, err := figures(a, p)
	if err != nil {
		return Classification{}, err
	}
	c := Classification{Performance: p}
	for _, r := range rules {
		var checks []Check
		for _, b := range r.AllOf {
			checks = append(checks, b.check(known[b.Figure])...)
		}
		c.Lines = append(c.Lines, judge(r.Name, r.asks(known), source, checks))
	}
	return c, nil
}

// Meets joins the lines of one paragraph, such as 3A090.a: met if any of its
// lines is met, not met if none is, else it cannot be said.
func (c Classification) Meets(paragraph string) Answer {
	answer := NotMet
	for _, l := range c.Lines {
		if l.Name != paragraph && !strings.HasPrefix(l.Name, paragraph+".") {
			continue
		}
		if l.Answer == Met {
			return Met
		}
		if l.Answer == Unknown {
			answer = Unknown
		}
	}
	return answer
}

// judge joins the comparisons of a line, all of which it asks for. One that
// fails decides even where another lacks its figure.
func judge(name, asks, source string, checks []Check) Line {
	l := Line{Name: name, Asks: asks, Source: source, Checks: checks, Answer: Met}
	for _, c := range checks {
		if c.Answer == NotMet || c.Answer == Unknown && l.Answer == Met {
			l.Answer = c.Answer
		}
	}
	for _, c := range checks {
		if c.Answer != l.Answer {
			continue
		}
		l.Arithmetic = append(l.Arithmetic, c.Text)
		if c.Why != "" && !slices.Contains(l.Why, c.Why) {
			l.Why = append(l.Why, c.Why)
		}
	}
	return l
}
