package fleet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/quantity"
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

// Classification says which lines of ECCN 3A090 a product meets, and whether
// it stays under the ceiling for case-by-case review. It reads the data sheet
// alone: notes, exclusions, licence exceptions and the design or marketing of
// the product are not looked at, and it is not legal advice.
type Classification struct {
	Performance Performance
	// The lines of 3A090.a, .b and .c (88 FR 73458).
	Lines []Line
	// The technical ceiling of the rule of January 2026 (91 FR 1684).
	Ceiling Line
}

const (
	rule3A090 = "15 CFR Part 774, Supplement No. 1, ECCN 3A090 (88 FR 73458)"
	ruleJan26 = "91 FR 1684 (15 January 2026), amending 15 CFR Parts 742, 744 and 748"
)

// Classify judges an accelerator by ECCN 3A090:
//
//   - a.1: TPP ≥ 4800
//   - a.2: TPP ≥ 1600 and performance density ≥ 5.92
//   - b.1: 2400 ≤ TPP < 4800 and 1.6 ≤ performance density < 5.92
//   - b.2: TPP ≥ 1600 and 3.2 ≤ performance density < 5.92
//   - c: high-bandwidth memory of more than 2 GB/s per mm² of its package,
//     which never can be said: a device's data sheet gives the bandwidth of all
//     stacks together and not the area of their packages
//
// and by the ceiling of January 2026: TPP < 21,000 and total DRAM bandwidth
// < 6,500 GB/s.
func Classify(a Accelerator) (Classification, error) {
	p, err := a.Performance()
	if err != nil {
		return Classification{}, err
	}
	tpp := measure{name: "TPP", value: p.TPP, atLeast: p.AtLeast, why: "TPP may be higher: " + whyMissing(a, "peak.")}
	density := measure{name: "density", value: p.Density, atLeast: p.AtLeast, places: 2, why: "the die area is not known: " + whyMissing(a, "dieArea")}
	bandwidth, err := bandwidthOf(a)
	if err != nil {
		return Classification{}, err
	}
	stack := measure{name: "memory", unit: "GB/s/mm²", why: "the area of the memory packages is not on a device's data sheet"}

	line := func(name, asks string, checks ...Check) Line { return judge(name, asks, rule3A090, checks) }
	c := Classification{Performance: p, Lines: []Line{
		line("3A090.a.1", "TPP ≥ 4800", tpp.atLeastBound("4800")),
		line("3A090.a.2", "TPP ≥ 1600, density ≥ 5.92", tpp.atLeastBound("1600"), density.atLeastBound("5.92")),
		line("3A090.b.1", "2400 ≤ TPP < 4800, 1.6 ≤ density < 5.92",
			tpp.atLeastBound("2400"), tpp.below("4800"), density.atLeastBound("1.6"), density.below("5.92")),
		line("3A090.b.2", "TPP ≥ 1600, 3.2 ≤ density < 5.92",
			tpp.atLeastBound("1600"), density.atLeastBound("3.2"), density.below("5.92")),
		line("3A090.c", "memory > 2 GB/s/mm²", stack.above("2")),
	}}
	c.Ceiling = judge("2026-01 ceiling", "TPP < 21000, bandwidth < 6500 GB/s", ruleJan26,
		[]Check{tpp.below("21000"), bandwidth.below("6500")})
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

func bandwidthOf(a Accelerator) (measure, error) {
	m := measure{name: "DRAM bandwidth", unit: "GB/s", why: "the DRAM bandwidth is not known: " + whyMissing(a, "bandwidth")}
	if a.Bandwidth == nil {
		return m, nil
	}
	v, err := a.Bandwidth.Value.Exact(quantity.Count)
	if err != nil {
		return m, fmt.Errorf("bandwidth: %w", err)
	}
	m.value = v
	return m, nil
}
