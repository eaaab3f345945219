package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/proviso-dev/proviso/fleet"
)

// notKnown stands for a value that is disputed or not published.
const notKnown = "–"

func acceleratorListTable(w io.Writer, views []acceleratorView) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tVENDOR\tMEMORY (GB)\tBANDWIDTH (GB/s)\tLINK (GB/s)\tPOWER (W)\tTPP\tDENSITY")
	for _, v := range views {
		s := v.Spec
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.Name, s.Vendor,
			figure(s.Memory), figure(s.Bandwidth), figure(s.Link), figure(s.Power), v.Performance.tpp(), v.Performance.density())
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nTPP: total processing performance, TOP/s × bits. Density: TPP per mm² of die. %s: disputed or not published (see show NAME).\n", notKnown)
	return err
}

func figure(f *fleet.Figure) string {
	if f == nil {
		return notKnown
	}
	return f.Value.String()
}

func (p performanceView) tpp() string {
	if p.AtLeast {
		return "≥ " + p.TPP
	}
	return p.TPP
}

func (p performanceView) density() string {
	switch {
	case p.rounded == "":
		return notKnown
	case p.AtLeast:
		return "≥ " + p.rounded
	}
	return p.rounded
}

func acceleratorShowTable(w io.Writer, views []acceleratorView) error {
	for _, v := range views {
		s := v.Spec
		fmt.Fprintf(w, "%s: %s\n", v.Name, s.Description)
		fmt.Fprintf(w, "made by %s (%s), also called %s\n\n", s.Vendor, s.Country, strings.Join(s.Aliases, ", "))
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, "FIGURE\tVALUE\tUNIT\tSOURCE")
		for _, p := range s.Peak {
			fmt.Fprintf(tw, "peak %s, dense\t%s\t%s\t%s\n", p.Precision, p.Tera, rateUnit(p.Precision), p.Source)
		}
		for _, row := range []struct {
			name, unit string
			figure     *fleet.Figure
		}{
			{"memory", "GB", s.Memory},
			{"memory bandwidth", "GB/s", s.Bandwidth},
			{"link, both directions", "GB/s", s.Link},
			{"power", "W", s.Power},
			{"die area", "mm²", s.DieArea},
		} {
			if row.figure != nil {
				fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", row.name, row.figure.Value, row.unit, row.figure.Source)
			}
		}
		if err := tw.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
		writePerformance(w, v.Performance)
		writeGaps(w, s.Gaps)
	}
	return nil
}

func rateUnit(p fleet.Precision) string {
	if strings.HasPrefix(string(p), "int") {
		return "TOP/s"
	}
	return "TFLOP/s"
}

func writePerformance(w io.Writer, p performanceView) {
	fmt.Fprintf(w, "total processing performance (TPP): %s = %s TOP/s (%s) × %d bits\n", p.tpp(), p.Tera, p.Precision, p.Bits)
	if p.Density == "" {
		fmt.Fprintln(w, "performance density: cannot be computed, the die area is not known")
		return
	}
	fmt.Fprintf(w, "performance density: %s = %s / %s mm²\n", p.density(), p.TPP, p.DieArea)
}

func writeGaps(w io.Writer, gaps []fleet.Missing) {
	if len(gaps) == 0 {
		return
	}
	fmt.Fprintln(w, "\nnot given:")
	for _, g := range gaps {
		fmt.Fprintf(w, "  %s: %s\n", g.Field, g.Why)
	}
}
