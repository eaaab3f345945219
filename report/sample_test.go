package report

import (
	"math"
	"strings"
	"time"
)

func date(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

// samplePage is a page of made-up results, with the awkward cases: dates that
// are never reached, a negative cost, long names, a small number of devices.
func samplePage() Page {
	from, until := date("2026-02-01"), date("2028-02-01")
	return Page{
		Title: "What the conditions on 80,000 made-up accelerators cost",
		Lead:  "Example Labs, two permits, twelve conditions, a roadmap of three models.",
		Facts: []Fact{{"period", "2026-02-01 to 2028-02-01"}, {"samples", "100, seed 7"}, {"devices", "80,000 expected"}, {"semantics", "v1"}},
		Answer: []string{
			"With the new devices on their conditions, the next model comes in the middle case on 2026-10-12: 71 days before it would without them, and 33 days after it would on no conditions.",
			"Of these 33 days the yearly cap on delivered performance costs 19. The share for the national programme is second.",
		},
		Sections: []Section{
			{ID: "milestones", Title: "What is done by when", Tables: []Table{sampleMilestones()}, Figures: []Figure{sampleTimeline(from, until)}},
			{ID: "cost", Title: "What each condition costs", Figures: []Figure{sampleBars()}},
			{ID: "devices", Title: "Who uses the devices", Figures: []Figure{sampleArea(from)}},
			{ID: "room", Title: "Room left under each condition", Figures: []Figure{sampleLines(from, until)}},
			{ID: "permits", Title: "The permits", Tables: []Table{samplePermits()}},
		},
		Footer: "Made by proviso plan example.yaml -o html.",
	}
}

func sampleMilestones() Table {
	return Table{
		Caption: "Middle date, with the early and the late one",
		Columns: []Column{{Title: "milestone"}, {Title: "without the new devices"}, {Title: "on their conditions"}, {Title: "on no conditions"}, {Title: "delay by conditions", Number: true}},
		Rows: [][]Cell{
			{{Text: "next model"}, {"2026-12-22", "2026-11-30 to 2027-01-20"}, {"2026-10-12", "2026-09-05 to 2026-12-01"}, {"2026-09-09", "2026-08-20 to 2026-10-02"}, {Text: "+33 d"}},
			{{Text: "reasoning model with a rather long name"}, {"not by 2028-02-01", "2027-10-01 to not by 2028-02-01"}, {"2027-06-02", "2027-03-11 to 2027-11-15"}, {"2027-04-20", "2027-02-02 to 2027-08-01"}, {Text: "+43 d"}},
		},
		Note: "“On no conditions” keeps the same supply and opens every gate on the first day.",
	}
}

func sampleTimeline(from, until time.Time) Timeline {
	return Timeline{
		ID: "timeline", Title: "Milestones in three worlds", Description: "Dates from the early to the late case.", From: from, Until: until,
		Rows: []TimelineRow{
			{Group: "next model", Label: "without the new devices", Early: date("2026-11-30"), Middle: date("2026-12-22"), Late: date("2027-01-20")},
			{Group: "next model", Label: "with them, on their conditions", Early: date("2026-09-05"), Middle: date("2026-10-12"), Late: date("2026-12-01")},
			{Group: "next model", Label: "with them, on no conditions", Early: date("2026-08-20"), Middle: date("2026-09-09"), Late: date("2026-10-02")},
			{Group: "reasoning model with a rather long name", Label: "without the new devices", Early: date("2027-10-01"), Beyond: true},
			{Group: "reasoning model with a rather long name", Label: "with them, on their conditions", Early: date("2027-03-11"), Middle: date("2027-06-02"), Late: date("2027-11-15")},
			{Group: "reasoning model with a rather long name", Label: "with them, on no conditions", Beyond: true},
		},
	}
}

func sampleBars() Bars {
	return Bars{
		ID: "costs", Title: "Fair share of the delay of the next model", Description: "33 days in all.", Unit: "days",
		Rows: []Bar{
			{Label: "yearly-cap-on-delivered-performance", Basis: "law", Value: 19, Error: 2.1, Text: "+19 d ± 2"},
			{Label: "national-programme-share", Basis: "assumed", Value: 11.5, Error: 3, Text: "+12 d ± 3"},
			{Label: "site-power", Basis: "reported", Value: 4.4, Error: 0.8, Text: "+4 d ± 1"},
			{Label: "location-evidence", Basis: "law", Value: 0.4, Error: 0.5, Text: "+0 d ± 1"},
			{Label: strings.Repeat("unbroken", 12), Basis: "law", Value: 0.2},
			{Label: "unused-hours-return", Basis: "assumed", Value: -2.3, Error: 1.2, Text: "−2 d ± 1"},
		},
	}
}

func sampleArea(from time.Time) Area {
	a := Area{ID: "use", Title: "Devices in use", Description: "By purpose, in the middle sample.", Unit: "devices"}
	names := []string{"pretraining", "reinforcement learning", "national programme", "serving"}
	a.Layers = make([]Series, len(names))
	a.Lines = []Series{{Name: "granted"}, {Name: "delivered"}}
	for week := range 105 {
		t := float64(week)
		a.Times = append(a.Times, from.AddDate(0, 0, 7*week))
		delivered := 80000 * math.Floor(math.Min(1, t/60)*8) / 8
		for i, part := range []float64{0.45 + 0.2*math.Sin(t/9), 0.12, 0.15 + 0.05*math.Cos(t/6), 0.12 + 0.0005*t} {
			a.Layers[i].Name = names[i]
			a.Layers[i].Values = append(a.Layers[i].Values, math.Floor(delivered*part))
		}
		a.Lines[0].Values = append(a.Lines[0].Values, 80000)
		a.Lines[1].Values = append(a.Lines[1].Values, delivered)
	}
	return a
}

func sampleLines(from, until time.Time) Lines {
	l := Lines{ID: "rooms", Title: "Room left", Description: "The part of each bound that is neither used nor reserved.", From: from, Until: until}
	for i, name := range []string{"yearly-cap-on-delivered-performance", "national-programme-share", "site-power", "yearly-hours", "never-used"} {
		p := Panel{Name: name, Note: []string{"law", "assumed", "reported", "law", "assumed"}[i]}
		for week := range 105 {
			if name == "never-used" {
				break
			}
			t := float64(week)
			p.Points = append(p.Points, Point{At: from.AddDate(0, 0, 7*week), Percent: math.Max(2, 100-math.Mod(t*float64(i+1), 53)*1.9)})
		}
		l.Panels = append(l.Panels, p)
	}
	return l
}

func samplePermits() Table {
	return Table{
		Caption: "As of 2026-02-01",
		Columns: []Column{{Title: "permit"}, {Title: "endorsed by"}, {Title: "in effect"}, {Title: "devices", Number: true}},
		Rows: [][]Cell{
			{{"example-export", "licence"}, {Text: "bis"}, {Text: "2026-02-10"}, {Text: "75,000"}},
			{{strings.Repeat("unbroken", 12), strings.Repeat("detail", 20)}, {Text: strings.Repeat("unbroken", 12)}, {Text: "–"}, {Text: "1"}},
			{{"example-import", "approval"}, {"miit, mofcom", "ndrc outstanding"}, {Text: "not yet"}, {Text: "80,000"}},
		},
	}
}
