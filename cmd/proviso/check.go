package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/lint"
)

func newCheckCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "check PATH...",
		Short: "Find what is wrong with documents",
		Long: `Check loads files and directories of documents, with every scenario in them,
and prints all that is wrong: what does not parse, fields and names that are
not known, clauses that contradict each other or can never admit anything.

Errors and warnings are findings; notes tell of consequences that may surprise.
Exit code: 0 if there is no finding, 2 if there are findings, 1 if check could
not run.`,
		Example: `  # The documents of a plan
  proviso check examples/h200

  # For a program
  proviso check -o json permits.yaml lots.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if output != "table" && output != "json" {
				return fmt.Errorf("there is no output %q: write table or json", output)
			}
			findings, files, err := check(paths)
			if err != nil {
				return err
			}
			if output == "json" {
				err = writeCheckJSON(cmd.OutOrStdout(), findings)
			} else {
				err = writeCheckTable(cmd.OutOrStdout(), findings, files)
			}
			if err != nil {
				return err
			}
			if count(findings, lint.Error)+count(findings, lint.Warning) > 0 {
				return exitFindings
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

// check gives the findings and the number of documents. It is an error if a
// path cannot be read at all.
func check(paths []string) ([]lint.Finding, int, error) {
	set, errs := catalog.Read(paths...)
	for _, e := range errs {
		if e.Line == 0 && e.Path == "" {
			return nil, 0, e // a file, not something in it
		}
	}
	c, more := set.Resolve()
	errs = append(errs, more...).Sort()
	var findings []lint.Finding
	for _, e := range errs {
		findings = append(findings, lint.Finding{Severity: lint.Error, Rule: "document", Error: e})
	}
	documents := len(set.Documents())
	if len(errs) > 0 {
		return findings, documents, nil // what does not load has no meaning to look at
	}
	findings = lint.Check(c)
	for i := range c.Scenarios {
		findings = append(findings, checkScenario(set, &c.Scenarios[i])...)
	}
	return lint.Sort(findings), documents, nil
}

// checkScenario loads the documents as a scenario changes them and places
// what is wrong at the scenario.
func checkScenario(set *catalog.Set, e *catalog.Entry[catalog.Scenario]) (findings []lint.Finding) {
	if len(e.Spec.Set) == 0 {
		return nil
	}
	changed, errs := set.With(e.Spec.Set)
	c, more := changed.Resolve()
	errs = append(errs, more...)
	add := func(severity lint.Severity, rule string, x *document.Error) {
		place := e.Document.Errorf("spec.set", "in this scenario, %s", x.Error())
		findings = append(findings, lint.Finding{Severity: severity, Rule: rule, Error: place})
	}
	for _, x := range errs {
		add(lint.Error, "scenario", x)
	}
	if len(errs) > 0 {
		return findings
	}
	for _, f := range lint.Check(c) {
		// What it says without the scenario is known already; a warning may be
		// what the scenario tries.
		if f.Severity == lint.Error {
			add(f.Severity, f.Rule, f.Error)
		}
	}
	return findings
}

func count(findings []lint.Finding, s lint.Severity) (n int) {
	for _, f := range findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

func writeCheckTable(w io.Writer, findings []lint.Finding, documents int) error {
	for _, f := range findings {
		if _, err := fmt.Fprintf(w, "%-8s%s\n", f.Severity, f.Error.Error()); err != nil {
			return err
		}
	}
	if len(findings) > 0 {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s, %s\n", number(documents, "document"),
		number(count(findings, lint.Error), "error"), number(count(findings, lint.Warning), "warning"), number(count(findings, lint.Note), "note"))
	return err
}

// number gives "1 error", "2 errors".
func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// checkFormat is the version of what check prints as JSON.
const checkFormat = "proviso.dev/check/v1alpha1"

type checkJSON struct {
	Format   string        `json:"format"`
	Errors   int           `json:"errors"`
	Warnings int           `json:"warnings"`
	Findings []findingJSON `json:"findings"`
}

type findingJSON struct {
	Severity lint.Severity `json:"severity"`
	Rule     string        `json:"rule"`
	File     string        `json:"file,omitempty"`
	Line     int           `json:"line,omitempty"`
	Column   int           `json:"column,omitempty"`
	Path     string        `json:"path,omitempty"`
	Message  string        `json:"message"`
	Hint     string        `json:"hint,omitempty"`
}

func writeCheckJSON(w io.Writer, findings []lint.Finding) error {
	out := checkJSON{Format: checkFormat, Errors: count(findings, lint.Error), Warnings: count(findings, lint.Warning), Findings: []findingJSON{}}
	for _, f := range findings {
		out.Findings = append(out.Findings, findingJSON{f.Severity, f.Rule, f.File, f.Line, f.Column, f.Path, f.Message, f.Hint})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}
