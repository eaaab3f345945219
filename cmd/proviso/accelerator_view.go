package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/regime"
)

// acceleratorFormat is the version of the JSON output; it changes when a field
// changes its meaning or goes.
const acceleratorFormat = "proviso.dev/accelerator/v1alpha1"

// acceleratorView is one accelerator as the tables and the JSON output show it.
// All numbers are decimal text, because JSON's numbers are not exact.
type acceleratorView struct {
	Name           string              `json:"name"`
	Version        int                 `json:"version"`
	Spec           fleet.Accelerator   `json:"spec"`
	Performance    performanceView     `json:"performance"`
	Classification *classificationView `json:"classification,omitempty"`
}

type performanceView struct {
	// Total processing performance: TOP/s × bits.
	TPP string `json:"tpp"`
	// Whether TPP may be higher, because a rate is in dispute.
	AtLeast   bool            `json:"atLeast,omitempty"`
	Precision fleet.Precision `json:"precision"`
	Tera      string          `json:"tera"`
	Bits      int64           `json:"bits"`
	// TPP per mm², rounded to four decimals; absent when the die area is not known.
	Density string `json:"density,omitempty"`
	DieArea string `json:"dieArea,omitempty"`
	// Density rounded to two decimals, as the rule writes its bounds.
	rounded string
}

type classificationView struct {
	Paragraphs map[string]fleet.Answer `json:"paragraphs"`
	Lines      []lineView              `json:"lines"`
}

// line gives the first line of a regime, or nil.
func (c *classificationView) line(regime string) *lineView {
	for i := range c.Lines {
		if c.Lines[i].Regime == regime {
			return &c.Lines[i]
		}
	}
	return nil
}

type lineView struct {
	Regime     string        `json:"regime"`
	Status     regime.Status `json:"status"`
	Name       string        `json:"name"`
	Asks       string        `json:"asks"`
	Source     string        `json:"source"`
	Answer     fleet.Answer  `json:"answer"`
	Arithmetic []string      `json:"arithmetic"`
	Why        []string      `json:"why,omitempty"`
	Checks     []checkView   `json:"checks"`
}

type checkView struct {
	Figure   string       `json:"figure"`
	Relation string       `json:"relation"`
	Bound    string       `json:"bound"`
	Answer   fleet.Answer `json:"answer"`
	Text     string       `json:"text"`
	Why      string       `json:"why,omitempty"`
}

// acceleratorViews shows accelerators, classified by the lines of the regimes
// if there are any.
func acceleratorViews(entries []catalog.Entry[fleet.Accelerator], by []catalog.Entry[regime.Regime]) ([]acceleratorView, error) {
	views := make([]acceleratorView, 0, len(entries))
	for _, e := range entries {
		p, err := e.Spec.Performance()
		if err != nil {
			return nil, fmt.Errorf("accelerator %s: %w", e.Name, err)
		}
		v := acceleratorView{Name: e.Name, Version: e.Version, Spec: e.Spec, Performance: viewPerformance(p)}
		if len(by) > 0 {
			if v.Classification, err = viewClassification(e.Spec, by); err != nil {
				return nil, fmt.Errorf("accelerator %s: %w", e.Name, err)
			}
		}
		views = append(views, v)
	}
	return views, nil
}

func viewPerformance(p fleet.Performance) performanceView {
	v := performanceView{
		TPP: p.TPP.FloatString(decimals(p.TPP.IsInt())), AtLeast: p.AtLeast,
		Precision: p.Precision, Tera: p.Tera.String(), Bits: p.Bits,
	}
	if p.Density != nil {
		v.rounded = p.Density.FloatString(2)
		v.Density, v.DieArea = p.Density.FloatString(4), p.DieArea.FloatString(decimals(p.DieArea.IsInt()))
	}
	return v
}

func decimals(whole bool) int {
	if whole {
		return 0
	}
	return 4
}

func viewClassification(a fleet.Accelerator, by []catalog.Entry[regime.Regime]) (*classificationView, error) {
	v := &classificationView{Paragraphs: map[string]fleet.Answer{}}
	for _, r := range by {
		c, err := fleet.Classify(a, r.Spec.Lines, r.Spec.Source)
		if err != nil {
			return nil, err
		}
		if r.Name == eccnRegime {
			for _, p := range []string{"3A090.a", "3A090.b", "3A090.c"} {
				v.Paragraphs[p] = c.Meets(p)
			}
		}
		for _, l := range c.Lines {
			line := viewLine(l)
			line.Regime, line.Status = r.Name, r.Spec.Status
			v.Lines = append(v.Lines, line)
		}
	}
	return v, nil
}

func viewLine(l fleet.Line) lineView {
	v := lineView{Name: l.Name, Asks: l.Asks, Source: l.Source, Answer: l.Answer, Arithmetic: l.Arithmetic, Why: l.Why}
	for _, c := range l.Checks {
		v.Checks = append(v.Checks, checkView(c))
	}
	return v
}

// acceleratorTable writes accelerators for people.
type acceleratorTable func(io.Writer, []acceleratorView) error

func writeAccelerators(w io.Writer, output string, views []acceleratorView, table acceleratorTable) error {
	switch output {
	case "table":
		return table(w, views)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Format       string            `json:"format"`
			Accelerators []acceleratorView `json:"accelerators"`
		}{acceleratorFormat, views})
	}
	return fmt.Errorf("output %q is not known: it is table or json", output)
}
