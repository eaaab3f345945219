package plan

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/internal/daystep"
)

// basis is what the closing words say of where a condition comes from, which
// the day stepper does not.
var basis = regexp.MustCompile(` \((law|reported|assumed)\)`)

// taken finds the list of what conditions take, whose order has no meaning
// where two take the same.
var taken = regexp.MustCompile(`(Of the delay of -?\d+ days, )(.*)\.`)

func withoutBasis(answer []string) string {
	var out []string
	for _, s := range answer {
		s = basis.ReplaceAllString(s, "")
		out = append(out, taken.ReplaceAllStringFunc(s, func(x string) string {
			m := taken.FindStringSubmatch(x)
			parts := strings.Split(m[2], ", ")
			slices.Sort(parts)
			return m[1] + strings.Join(parts, ", ") + "."
		}))
	}
	return strings.Join(out, "\n")
}

// answerOf writes the closing words from the day stepper's figures.
func (o dayOptions) answerOf(docs []daystep.Document, without, none, full *daystep.Outcome, prices daystep.Prices) []string {
	var start time.Time
	fresh := false
	var names []string
	for _, d := range docs {
		spec := d["spec"].(daystep.Document)
		switch d["kind"] {
		case "Scenario":
			start, _ = time.Parse(time.DateOnly, fmt.Sprint(spec["period"].(daystep.Document)["from"])[:10])
		case "Lot":
			fresh = fresh || spec["arrives"] != nil
		case "Programme":
			ms, _ := spec["milestones"].([]any)
			for _, m := range ms {
				names = append(names, fmt.Sprintf("%s/%s", d["metadata"].(daystep.Document)["name"], m.(daystep.Document)["name"]))
			}
		}
	}
	on := func(step int) string {
		return start.Add(time.Duration(o.days(float64(step)) * 24 * float64(time.Hour))).Format(time.DateOnly)
	}
	length := func(steps int) int { return int(math.Round(o.days(float64(steps)))) }
	var out []string
	gains, lefts := 0, 0
	for _, name := range names {
		a, b, c := without.Milestones[name], none.Milestones[name], full.Milestones[name]
		end := on(c)
		if c == full.Days {
			end += " or later (the period ends there)"
		}
		switch {
		case !fresh && length(c-b) == 0:
			out = append(out, fmt.Sprintf("The conditions do not delay %s: it comes on %s.", name, end))
		case !fresh:
			out = append(out, fmt.Sprintf("On no conditions %s would come on %s; the conditions move it by %+d days, to %s.", name, on(b), length(c-b), end)+o.takenOf(name, c-b, prices))
		case length(a-b) == 0 && length(a-c) == 0 && c == b:
			out = append(out, fmt.Sprintf("New devices bring nothing before %s: it comes on %s with or without them.", name, on(c)))
		case length(a-b) <= 0:
			s := fmt.Sprintf("Even on no conditions new devices would not bring %s forward (%s, without them %s).", name, on(b), on(a))
			if length(c-b) > 0 {
				s += fmt.Sprintf(" The conditions delay it by %d days, to %s.", length(c-b), end) + o.takenOf(name, c-b, prices)
			}
			out = append(out, s)
		default:
			s := fmt.Sprintf("Unconditional devices would bring %s forward by %d days, from %s to %s; on these conditions %d of them are left (%d %%), and it comes on %s.",
				name, length(a-b), on(a), on(b), length(a-c), hundredths(a-c, a-b), end)
			out = append(out, s+o.takenOf(name, c-b, prices))
			gains, lefts = gains+a-b, lefts+max(0, a-c)
		}
	}
	if gains > 0 {
		share := hundredths(lefts, gains)
		switch {
		case share >= 67:
			out = append(out, fmt.Sprintf("So most of the approval turns into progress: %d %% of the gain is left.", share))
		case share > 33:
			out = append(out, fmt.Sprintf("So a part of the approval turns into progress: %d %% of the gain is left, the conditions eat the rest.", share))
		default:
			out = append(out, fmt.Sprintf("So the conditions eat most of it: %d %% of the gain is left.", share))
		}
	}
	return out
}

func hundredths(part, whole int) int { return int(math.Round(100 * float64(part) / float64(whole))) }

// takenOf says what each condition takes of a milestone.
func (o dayOptions) takenOf(name string, delay int, prices daystep.Prices) string {
	var parts []string
	for g, by := range prices.Delay {
		d := math.Round(o.days(by[name])*1e6) / 1e6
		verb := "takes"
		if d < 0 {
			verb = "gives back"
		}
		if math.Abs(d) >= 0.5 {
			parts = append(parts, fmt.Sprintf("%s %s %.0f", g, verb, math.Abs(d)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf(" Of the delay of %d days, %s.", int(math.Round(o.days(float64(delay)))), strings.Join(parts, ", "))
}

func summaryOf(full *daystep.Outcome) string {
	reached := 0
	for _, t := range full.Milestones {
		if t < full.Days {
			reached++
		}
	}
	breach := map[int]string{0: "no breach", 1: "1 permit with a breach"}[len(full.Breached)]
	return fmt.Sprintf("Plan: %d of %d milestones in the period, %s", reached, len(full.Milestones), cmp.Or(breach, fmt.Sprintf("%d permits with a breach", len(full.Breached))))
}
