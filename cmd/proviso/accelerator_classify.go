package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/proviso-dev/proviso/fleet"
)

func acceleratorClassifyTable(w io.Writer, views []acceleratorView) error {
	for _, v := range views {
		fmt.Fprintf(w, "%s: %s\n", v.Name, v.Spec.Description)
		writePerformance(w, v.Performance)
		fmt.Fprintln(w)
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, "LINE\tASKS\tANSWER\tARITHMETIC")
		lines := append(slices.Clone(v.Classification.Lines), v.Classification.Ceiling)
		for _, l := range lines {
			fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", l.Name, l.Asks, l.Answer, strings.Join(l.Arithmetic, "; "))
		}
		if err := tw.Flush(); err != nil {
			return err
		}
		writeUnknown(w, lines)
		fmt.Fprintf(w, "\n%s\n", v.summary())
	}
	return nil
}

// writeUnknown gives each reason for which something cannot be said once, with
// the lines that it concerns.
func writeUnknown(w io.Writer, lines []lineView) {
	var reasons []string
	concerned := map[string][]string{}
	for _, l := range lines {
		for _, why := range l.Why {
			if concerned[why] == nil {
				reasons = append(reasons, why)
			}
			concerned[why] = append(concerned[why], l.Name)
		}
	}
	if len(reasons) > 0 {
		fmt.Fprintln(w, "\ncannot be said:")
	}
	for _, why := range reasons {
		fmt.Fprintf(w, "  %s: %s\n", strings.Join(concerned[why], ", "), why)
	}
}

// summary says the classification in words. Paragraph c concerns memory
// packages sold as such and is left to the table.
func (v acceleratorView) summary() string {
	c := v.Classification
	var met, unknown []string
	for _, p := range []string{"3A090.a", "3A090.b"} {
		switch c.Paragraphs[p] {
		case fleet.Met:
			met = append(met, p)
		case fleet.Unknown:
			unknown = append(unknown, p)
		}
	}
	s := v.Name + " meets " + strings.Join(met, " and ")
	if len(met) == 0 {
		s = v.Name + " meets no line of 3A090.a and .b that can be decided"
		if len(unknown) == 0 {
			return v.Name + " meets no line of 3A090.a and .b. Other rules may still ask for a licence."
		}
	}
	if len(unknown) > 0 {
		s += "; " + strings.Join(unknown, " and ") + " cannot be said"
	}
	switch c.Ceiling.Answer {
	case fleet.Met:
		return s + ". It is under the ceiling of January 2026: case-by-case review is open to it, on the other conditions of that rule."
	case fleet.NotMet:
		return s + ". It is over the ceiling of January 2026: case-by-case review is not open to it."
	}
	return s + ". Whether it is under the ceiling of January 2026 cannot be said."
}
