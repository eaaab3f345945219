package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/wording"
)

// newPermitCommand shows permits as text and with their regimes written out.
func newPermitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "permit",
		Short: "Read permits as text, and sign acts on them",
		Example: `  proviso permit text examples/eurohpc
  proviso permit expand examples/eurohpc/permits.yaml
  proviso permit canonical --act endorse permit.yaml > act.json`,
	}
	cmd.AddCommand(newPermitTextCommand(), newPermitExpandCommand())
	cmd.AddCommand(newPermitCanonicalCommand(), newPermitSignCommand())
	addLivePermitCommands(cmd)
	return cmd
}

func newPermitTextCommand() *cobra.Command {
	var lang, name string
	cmd := &cobra.Command{
		Use:   "text PATH...",
		Short: "Put permits into words, in English or German",
		Long: `Put permits into words. The words come from the conditions themselves, regimes
included, so that no clause says one thing to a reader and another to the machine.`,
		Example: `  proviso permit text examples/eurohpc
  proviso permit text examples/h200 --permit us-export-deepseek --lang de`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			l, err := wording.ParseLanguage(lang)
			if err != nil {
				return err
			}
			c, errs := catalog.Load(paths...)
			if err := loadError(errs); err != nil {
				return err
			}
			found := false
			for i := range c.Permits {
				if name != "" && c.Permits[i].Name != name {
					continue
				}
				if found {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				found = true
				permitText(cmd.OutOrStdout(), l, &c.Permits[i])
			}
			if !found {
				return fmt.Errorf("there is no permit %q in %s", name, strings.Join(paths, " "))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "en", "language: en or de")
	cmd.Flags().StringVar(&name, "permit", "", "this permit alone")
	return cmd
}

func permitText(w io.Writer, l wording.Language, e *catalog.Entry[permit.Permit]) {
	for _, line := range wording.Head(l, e.Name, e.Version, &e.Spec) {
		paragraph(w, "", line)
	}
	for i := range e.Spec.Conditions {
		c := &e.Spec.Conditions[i]
		words := wording.Condition(l, c, func(path string) string { return e.Document.Text(fmt.Sprintf("spec.conditions[%d].%s", i, path)) })
		fmt.Fprintf(w, "\n%d. %s\n", i+1, c.Name)
		paragraph(w, "   ", words)
		if s := wording.Origin(l, c); s != "" {
			paragraph(w, "   ", s)
		}
	}
}

func newPermitExpandCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "expand PATH...",
		Short: "Write permits with every clause of their regimes, as they are signed",
		Long: `Write permits as YAML with every clause and value that they take from regimes.
A permit is expanded before it is signed: what is signed contains the clauses,
not the name of a regime that may change.`,
		Example: `  proviso permit expand examples/eurohpc/permits.yaml > signed.yaml`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			set, errs := catalog.Read(paths...)
			docs, more := set.Expand()
			if err := loadError(append(errs, more...).Sort()); err != nil {
				return err
			}
			if len(docs) == 0 {
				return fmt.Errorf("there is no permit in %s", strings.Join(paths, " "))
			}
			for i, d := range docs {
				data, err := d.YAML()
				if err != nil {
					return fmt.Errorf("%s: permit %s: %w", d.File, d.Name, err)
				}
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "---")
				}
				if _, err := cmd.OutOrStdout().Write(data); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
