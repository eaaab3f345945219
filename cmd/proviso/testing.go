package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/permittest"
)

func newTestCommand() *cobra.Command {
	var output string
	var cover bool
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run tests of permits",
		Long: `Test runs documents of the kind PermitTest on the core that plans and enforces: at
these times these deliveries, jobs and acts happen; these verdicts with these
reasons, these accounts and these breaches are expected. Of a directory it takes
the files named *_test.yaml.

With --cover it lists the conditions that no case ever made fail.

Exit codes: 0 if all cases pass, 2 if one fails, 1 if the tests could not run.`,
		Example: `  proviso test examples/eurohpc
  proviso test permits/*_test.yaml --cover
  proviso test permits -o junit > tests.xml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			r, errs := permittest.Run(paths...)
			if len(errs) > 0 {
				return fmt.Errorf("the tests have %s:\n%w", number(len(errs), "error"), errs)
			}
			w := cmd.OutOrStdout()
			var err error
			switch output {
			case "table":
				r.Table(w, cover)
			case "tap":
				r.TAP(w)
			case "junit":
				err = r.JUnit(w)
			case "json":
				err = r.JSON(w)
			default:
				err = fmt.Errorf("unknown output %q: write table, tap, junit or json", output)
			}
			if err != nil {
				return err
			}
			if r.Failed() > 0 {
				return exitFindings
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, tap, junit or json")
	cmd.Flags().BoolVar(&cover, "cover", false, "list the conditions that no case made fail")
	return cmd
}
