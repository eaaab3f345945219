package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/regime"
)

func acceleratorClassifyTable(w io.Writer, views []acceleratorView) error {
	for _, v := range views {
		fmt.Fprintf(w, "%s: %s\n", v.Name, v.Spec.Description)
		writePerformance(w, v.Performance)
		fmt.Fprintln(w)
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, "LINE\tASKS\tANSWER\tARITHMETIC")
		lines := v.Classification.Lines
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
	var met, unknown, bills []string
	for _, p := range []string{"3A090.a", "3A090.b"} {
		switch c.Paragraphs[p] {
		case fleet.Met:
			met = append(met, p)
		case fleet.Unknown:
			unknown = append(unknown, p)
		}
	}
	for _, l := range c.Lines {
		if l.Status == regime.Bill && l.Answer == fleet.Met {
			bills = append(bills, l.Name)
		}
	}
	s := v.Name + " meets " + strings.Join(met, " and ")
	if len(met) == 0 {
		s = v.Name + " meets no line of 3A090.a and .b that can be decided"
		if len(unknown) == 0 {
			return v.Name + " meets no line of 3A090.a and .b. Other rules may still ask for a licence." + asBill(bills)
		}
	}
	if len(unknown) > 0 {
		s += "; " + strings.Join(unknown, " and ") + " cannot be said"
	}
	ceiling := c.line(ceilingRegime)
	if ceiling == nil {
		return s + "."
	}
	switch ceiling.Answer {
	case fleet.Met:
		s += ". It is under the ceiling of January 2026: case-by-case review is open to it, on the other conditions of that rule."
	case fleet.NotMet:
		s += ". It is over the ceiling of January 2026: case-by-case review is not open to it."
	default:
		s += ". Whether it is under the ceiling of January 2026 cannot be said."
	}
	return s + asBill(bills)
}

// asBill names lines of bills, which are not law.
func asBill(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return " Were the bill law, it would also meet " + strings.Join(lines, " and ") + "."
}

// The regimes whose lines every classification has: those in force.
const (
	eccnRegime    = "us-eccn-3a090"
	ceilingRegime = "us-bis-2026-01"
)

func newAcceleratorClassifyCommand() *cobra.Command {
	var also []string
	cmd := oneAcceleratorCommand(&cobra.Command{
		Use:   "classify NAME|FILE",
		Short: "Say which lines of ECCN 3A090 an accelerator meets, with the arithmetic",
		Long: `Say which lines of ECCN 3A090 an accelerator meets, and whether it stays under the
technical ceiling of January 2026 (91 FR 1684) below which exports to China and
Macau are reviewed case by case. Each answer comes with its arithmetic and is
"met", "not met" or, where a figure is disputed or unpublished, "cannot be said".

The lines come from the regimes us-eccn-3a090 and us-bis-2026-01; --regime adds
those of others, such as a bill that is not law. A file holds data sheets of your
own, as documents of the kind Accelerator.

Only the data sheet is read. Notes and exclusions of the rule, licence exceptions
and every other condition of the review are not looked at.`,
		Example: `  proviso accelerator classify h200
  proviso accelerator classify mi300x -o json
  proviso accelerator classify h20 --regime us-safe-chips-bill
  proviso accelerator classify my-accelerator.yaml`,
	}, func() ([]catalog.Entry[regime.Regime], error) { return classifying(also) }, acceleratorClassifyTable)
	cmd.Flags().StringArrayVar(&also, "regime", nil, "classify by the lines of this regime too")
	return cmd
}

// classifying gives the regimes in force that classify, and those asked for.
func classifying(also []string) ([]catalog.Entry[regime.Regime], error) {
	all, err := catalog.BuiltinRegimes()
	if err != nil {
		return nil, err
	}
	var out []catalog.Entry[regime.Regime]
	for _, name := range append([]string{eccnRegime, ceilingRegime}, also...) {
		r, err := findRegime(all, name)
		if err != nil {
			return nil, err
		}
		if len(r.Spec.Lines) == 0 {
			return nil, fmt.Errorf("the regime %q has no lines that classify accelerators", name)
		}
		out = append(out, r)
	}
	return out, nil
}
