package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/client"
	"github.com/proviso-dev/proviso/plan"
	"github.com/proviso-dev/proviso/report"
)

func newWhyCommand() *cobra.Command {
	var f planFlags
	var paths []string
	var sample int
	var all bool
	var live connection
	cmd := &cobra.Command{
		Use:   "why JOB",
		Short: "Say why a job waits, or why a job of a plan ran when and where it did",
		Long: `Why asks a control plane what a job waits for: permit, condition, what was
measured, its bound, when that changes, and the smallest change that admits.

With --plan it plans one sample again, by its seed, and prints what became of a
job: at each look the place, the verdict, and for each condition that refused
what was measured, its bound, when it would hold, and the smallest change that
admits.

JOB is a job's number or, of a plan, the name of a Job document (NAME#2 is the third of its series), or a
phase as PROGRAMME/PHASE.`,
		Example: `  proviso why 17
  proviso why v5-pretraining --plan examples/h200
  proviso why 'alibaba-customer#0' --plan examples/h200 --scenario barred-requests --sample 3`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(paths) == 0 {
				return live.asking(live.why)(cmd, args)
			}
			set, errs := catalog.Read(paths...)
			if err := loadError(errs); err != nil {
				return err
			}
			p, err := newProblem(set, &f, nil)
			if err != nil {
				return err
			}
			if sample < 0 || sample >= p.Samples {
				return fmt.Errorf("there is no sample %d: the plan has samples 0 to %d", sample, p.Samples-1)
			}
			e, err := plan.Why(p.Problem, args[0], sample)
			if err != nil {
				return err
			}
			switch live.output {
			case "table":
				report.Why(cmd.OutOrStdout(), e, all)
				return nil
			case "json":
				return writeJSON(cmd.OutOrStdout(), e)
			}
			return fmt.Errorf("unknown output %q: write table or json", live.output)
		},
	}
	f.add(cmd)
	cmd.Flags().StringArrayVar(&paths, "plan", nil, "a file or directory of the plan's documents; may be given again")
	cmd.Flags().IntVar(&sample, "sample", 0, "the sample to look at")
	cmd.Flags().BoolVar(&all, "all", false, "show conditions that hold too, and looks that repeat")
	live.add(cmd, "table or json")
	return cmd
}

// why asks a control plane what a job waits for.
func (c *connection) why(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
	e, err := cl.Why(ctx, args[0])
	if err != nil {
		return err
	}
	demoMark(cmd, e.Job.Demo)
	return c.show(cmd.OutOrStdout(), e, func(w io.Writer) {
		if len(e.Looks) > 0 {
			writeVerdict(w, &e.Job, e.Looks)
			return
		}
		writeVerdict(w, &e.Job, nil)
		if e.Job.State != "running" {
			fmt.Fprintf(w, "  it is %s\n", e.Job.State)
		}
	})
}
