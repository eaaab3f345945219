package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/regime"
	"github.com/proviso-dev/proviso/wording"
)

// newRegimeCommand shows the regimes that ship with the program.
func newRegimeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "regime",
		Short: "Show rules that bodies wrote, as clauses that a permit can take",
		Long: `Show the regimes that ship with proviso: named, versioned and cited sets of
clauses with parameters. A permit takes one by its name:

  regimes:
  - {use: us-licence-reported-2026-03, with: {perCustomer: 75000}}`,
		Example: `  proviso regime list
  proviso regime show eurohpc-2021-1173
  proviso regime show eurohpc-2021-1173 --lang de`,
	}
	cmd.AddCommand(newRegimeListCommand(), newRegimeShowCommand())
	return cmd
}

// regimeFormat is the version of the JSON output.
const regimeFormat = "proviso.dev/regime/v1alpha1"

func newRegimeListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the regimes",
		Example: `  proviso regime list
  proviso regime list -o json`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := catalog.BuiltinRegimes()
			if err != nil {
				return err
			}
			switch output {
			case "table":
				return regimeListTable(cmd.OutOrStdout(), all)
			case "json":
				return writeRegimes(cmd.OutOrStdout(), all)
			}
			return fmt.Errorf("unknown output %q: write table or json", output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func newRegimeShowCommand() *cobra.Command {
	var output, lang string
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a regime: its parameters, its clauses in words, where each comes from",
		Example: `  proviso regime show us-bis-2026-01
  proviso regime show eurohpc-2021-1173 --lang de`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one regime, such as eurohpc-2021-1173: got %d names", len(args))
			}
			return nil
		},
		ValidArgsFunction: completeRegimes,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := wording.ParseLanguage(lang)
			if err != nil {
				return err
			}
			all, err := catalog.BuiltinRegimes()
			if err != nil {
				return err
			}
			e, err := findRegime(all, args[0])
			if err != nil {
				return err
			}
			switch output {
			case "table":
				return regimeShowTable(cmd.OutOrStdout(), &e, l)
			case "json":
				return writeRegimes(cmd.OutOrStdout(), []catalog.Entry[regime.Regime]{e})
			}
			return fmt.Errorf("unknown output %q: write table or json", output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	cmd.Flags().StringVar(&lang, "lang", "en", "language of the clauses: en or de")
	return cmd
}

func completeRegimes(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	all, err := catalog.BuiltinRegimes()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range all {
		if strings.HasPrefix(e.Name, prefix) {
			names = append(names, e.Name+"\t"+e.Spec.Title.English)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func findRegime(all []catalog.Entry[regime.Regime], name string) (catalog.Entry[regime.Regime], error) {
	var names []string
	for _, e := range all {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	if near := spelling.Hint(name, names); near != "" {
		return catalog.Entry[regime.Regime]{}, fmt.Errorf("there is no regime %q: %s", name, near)
	}
	return catalog.Entry[regime.Regime]{}, fmt.Errorf("there is no regime %q: see proviso regime list", name)
}

func regimeListTable(w io.Writer, all []catalog.Entry[regime.Regime]) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tVERSION\tSTATUS\tCLAUSES\tLINES\tWHAT IT IS")
	for _, e := range all {
		fmt.Fprintf(tw, "%s\t%d\t%s\t%d\t%d\t%s\n", e.Name, e.Version, e.Spec.Status, len(e.Spec.Clauses), len(e.Spec.Lines), e.Spec.Title.English)
	}
	return tw.Flush()
}

type regimeView struct {
	Name    string        `json:"name"`
	Version int           `json:"version"`
	Spec    regime.Regime `json:"spec"`
	Clauses []clauseView  `json:"inWords"`
}

type clauseView struct {
	Name    string `json:"name"`
	Form    string `json:"form"`
	English string `json:"en"`
	German  string `json:"de"`
}

func writeRegimes(w io.Writer, all []catalog.Entry[regime.Regime]) error {
	views := []regimeView{}
	for _, e := range all {
		v := regimeView{Name: e.Name, Version: e.Version, Spec: e.Spec, Clauses: []clauseView{}}
		shown, err := catalog.ShowRegime(&e)
		if err != nil {
			return err
		}
		for _, c := range shown {
			v.Clauses = append(v.Clauses, clauseView{c.Clause.Name, wording.Form(&c.Condition), c.Open(wording.Condition(wording.English, &c.Condition, c.Written)), c.Open(wording.Condition(wording.German, &c.Condition, c.Written))})
		}
		views = append(views, v)
	}
	return writeJSON(w, struct {
		Format  string       `json:"format"`
		Regimes []regimeView `json:"regimes"`
	}{regimeFormat, views})
}
