package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
)

func newJobCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{Use: "job", Short: "Submit jobs to a control plane, list and end them"}
	c.add(cmd, "table or json")
	cmd.AddCommand(newJobSubmitCommand(&c), newJobListCommand(&c), newJobShowCommand(&c), newJobEndCommand(&c), newJobApproveCommand(&c))
	return cmd
}

func newJobSubmitCommand(c *connection) *cobra.Command {
	var s api.Submission
	var key string
	cmd := &cobra.Command{
		Use:   "submit --devices N --for DURATION",
		Short: "Submit a job, and say whether it may run",
		Long: `Submit asks the control plane whether a job may run, here, now, under every
permit that covers the devices. An admitted job runs from now on; one that is
held starts by itself as soon as it may.

Exit codes: 0 admitted, 2 held, denied or needing an approval, 1 an error.`,
		Example: `  proviso job submit --end-user deepseek --purpose research --devices 512 --for 72h --accelerator h200-sxm
  proviso job submit --end-user team-a --purpose research --min-devices 64 --max-devices 128 --for 7d --checkpoint 1h
  proviso job submit --devices 8 --for 4h --key nightly-2026-03-01   # safe to send again
  proviso job submit --devices 512 --for 72h --booking 3             # the work that booking 3 announced`,
		Args: cobra.NoArgs,
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, _ []string) error {
			j, err := cl.Submit(ctx, s, keyOr(key))
			if err != nil {
				return err
			}
			demoMark(cmd, j.Demo)
			admitted := j.Verdict != nil && j.Verdict.Outcome == "admit"
			var looks []api.Look
			if !admitted && c.output != "json" {
				if w, err := cl.Why(ctx, j.Number); err == nil {
					looks = w.Looks
				}
			}
			if err := c.show(cmd.OutOrStdout(), j, func(w io.Writer) { writeVerdict(w, j, looks) }); err != nil {
				return err
			}
			if !admitted {
				return exitFindings
			}
			return nil
		}),
	}
	f := cmd.Flags()
	workFlags(f, &s, "the job")
	f.IntVar(&s.Priority, "priority", 0, "higher goes first")
	f.StringVar(&s.Booking, "booking", "", "number of the announcement that it comes for")
	f.StringVar(&key, "key", "", "a key of your own: the same submission sent again is the same job")
	return cmd
}

// workFlags are what a submission and an announcement say of the work.
func workFlags(f *pflag.FlagSet, s *api.Submission, what string) {
	f.StringVar(&s.Name, "name", "", "your own name for "+what)
	f.StringVar(&s.EndUser, "end-user", "", "for whom the work is done")
	f.StringVar(&s.Purpose, "purpose", "", "what it is for")
	f.StringVar(&s.Holder, "holder", "", "whose devices it may use; anybody's when absent")
	f.StringVar(&s.Tenant, "tenant", "", "who submits it; a tenant's token says so by itself")
	f.StringVar(&s.Model, "model", "", "the model that it works on")
	f.StringVar(&s.Kind, "kind", "", "pretrain, finetune, rl, serve or other")
	f.Int64Var(&s.Devices, "devices", 0, "how many devices, all together")
	f.Int64Var(&s.MinDevices, "min-devices", 0, "at least so many, instead of --devices")
	f.Int64Var(&s.MaxDevices, "max-devices", 0, "at most so many, instead of --devices")
	f.StringSliceVar(&s.Accelerators, "accelerator", nil, "the products that it can run on, by preference")
	f.StringSliceVar(&s.Sites, "site", nil, "the sites that it can run at")
	f.StringVar(&s.For, "for", "", "the longest that it may run, such as 72h: it is stopped there")
	f.StringVar(&s.Expected, "expected", "", "how long it is expected to run")
	f.StringVar(&s.Checkpoint, "checkpoint", "", "how often it saves its state; left out if it cannot be stopped and resumed")
}

// writeVerdict writes a job's verdict, and why it does not run.
func writeVerdict(w io.Writer, j *api.Job, looks []api.Look) {
	v := j.Verdict
	if v == nil {
		fmt.Fprintf(w, "job %s: %s\n", j.Number, j.State)
		return
	}
	switch v.Outcome {
	case "admit":
		fmt.Fprintf(w, "job %s: admitted, runs until %s\n", j.Number, shown(j.Until))
		for _, p := range j.Placement {
			fmt.Fprintf(w, "  %d %s at %s (lot %s)\n", p.Devices, p.Accelerator, p.Site, p.Lot)
		}
		if v.Cut != "" {
			fmt.Fprintf(w, "  %s ends it before its limit\n", v.Cut)
		}
		return
	case "deny":
		fmt.Fprintf(w, "job %s: denied\n", j.Number)
	case "needs-approval":
		fmt.Fprintf(w, "job %s: needs an approval\n", j.Number)
	default:
		fmt.Fprintf(w, "job %s: held", j.Number)
		if v.Again != nil {
			fmt.Fprintf(w, ", looked at again on %s", shown(v.Again))
		}
		fmt.Fprintln(w)
	}
	writeLooks(w, looks)
}

// writeLooks writes what a job waits for where it comes closest to running:
// each condition that refuses it, and what would change that. Of the other
// places it names the conditions.
func writeLooks(w io.Writer, looks []api.Look) {
	slices.SortStableFunc(looks, func(a, b api.Look) int {
		return cmp.Or(cmp.Compare(rankOf(a.Outcome), rankOf(b.Outcome)), cmp.Compare(len(refusals(a)), len(refusals(b))))
	})
	for i, l := range looks {
		if i == 0 || rankOf(l.Outcome) == rankOf(looks[0].Outcome) && l.Outcome != "deny" {
			writeLook(w, l)
			continue
		}
		fmt.Fprintf(w, "  %s at %s: %s, by %s\n", l.Accelerator, l.Site, l.Outcome, strings.Join(refusals(l), ", "))
	}
}

// refusals are the conditions that a look's outcome comes from.
func refusals(l api.Look) []string {
	var by []string
	for _, r := range l.Reasons {
		if r.Outcome == l.Outcome {
			by = append(by, r.Condition)
		}
	}
	return by
}

func rankOf(outcome string) int {
	return max(0, slices.Index([]string{"admit", "hold", "needs-approval", "deny"}, outcome))
}

func writeLook(w io.Writer, l api.Look) {
	if l.Site == "" {
		fmt.Fprint(w, "  when it was judged: ")
	} else {
		fmt.Fprintf(w, "  %s at %s: ", l.Accelerator, l.Site)
	}
	if l.Outcome == "admit" {
		fmt.Fprintf(w, "every condition holds; %d devices are free, %d are asked for\n", l.Free, l.Devices)
		return
	}
	fmt.Fprintln(w, l.Outcome)
	for _, r := range l.Reasons {
		if r.Outcome == "admit" || l.Outcome == "deny" && r.Outcome != "deny" {
			continue // what is denied does not wait for anything
		}
		fmt.Fprintf(w, "    %s/%s (%s)", r.Permit, r.Condition, strings.TrimSuffix(r.Form+", "+r.Basis, ", "))
		if r.Measured != "" {
			fmt.Fprintf(w, ": measured %s of %s, asks %s", r.Measured, r.Bound, r.Asks)
		}
		fmt.Fprintln(w)
		if r.Change != "" {
			fmt.Fprintf(w, "      would admit: %s\n", r.Change)
		}
	}
	if l.Free < l.Devices && l.Outcome != "deny" {
		fmt.Fprintf(w, "    devices: %d are free, %d are asked for\n", l.Free, l.Devices)
	}
}

func newJobListCommand(c *connection) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use: "list", Short: "List the jobs that you may see", Args: cobra.NoArgs,
		Example: "  proviso job list --state held",
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, _ []string) error {
			jobs, err := cl.Jobs(ctx, state)
			if err != nil {
				return err
			}
			if len(jobs) > 0 {
				demoMark(cmd, jobs[0].Demo)
			}
			return c.show(cmd.OutOrStdout(), api.Jobs{Jobs: jobs}, func(w io.Writer) {
				columns(w, "JOB\tSTATE\tEND USER\tPURPOSE\tDEVICES\tSUBMITTED\tUNTIL\tWAITS FOR", func(row func(...string)) {
					for i := range jobs {
						j := &jobs[i]
						row(j.Number, j.State, orDash(j.EndUser), orDash(j.Purpose), jobDevices(j), shown(&j.Submitted), shown(j.Until), waitsFor(j))
					}
				})
			})
		}),
	}
	cmd.Flags().StringVar(&state, "state", "", "only jobs that are held, needs-approval, running, ended, stopped, denied or withdrawn")
	return cmd
}

func jobDevices(j *api.Job) string {
	if len(j.Placement) > 0 {
		n := int64(0)
		for _, p := range j.Placement {
			n += p.Devices
		}
		return fmt.Sprint(n)
	}
	if j.Devices > 0 {
		return fmt.Sprint(j.Devices)
	}
	return fmt.Sprintf("%d…%d", j.MinDevices, j.MaxDevices)
}

func waitsFor(j *api.Job) string {
	if j.State != "held" && j.State != "needs-approval" || j.Verdict == nil {
		return "-"
	}
	waits := j.Verdict.Because
	if j.Verdict.Missing != "" {
		waits = append(waits, j.Verdict.Missing)
	}
	if len(waits) > 2 {
		return fmt.Sprintf("%s and %d more", waits[0], len(waits)-1)
	}
	return orDash(strings.Join(waits, ", "))
}

func newJobShowCommand(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "show JOB", Short: "Show a job with its last verdict on record", Args: cobra.ExactArgs(1),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			j, err := cl.Job(ctx, args[0])
			if err != nil {
				return err
			}
			demoMark(cmd, j.Demo)
			return c.show(cmd.OutOrStdout(), j, func(w io.Writer) {
				columns(w, "FIELD\tVALUE", func(row func(...string)) {
					for _, x := range [][2]string{
						{"job", j.Number}, {"state", j.State}, {"name", j.Name}, {"end user", j.EndUser}, {"purpose", j.Purpose}, {"tenant", j.Tenant},
						{"holder", j.Holder}, {"model", j.Model}, {"kind", j.Kind}, {"devices", jobDevices(j)}, {"for", j.For}, {"booking", j.Booking}, {"declared by", j.DeclaredBy},
						{"submitted", shown(&j.Submitted)}, {"began", shown(j.Began)}, {"until", shown(j.Until)}, {"ended", shown(j.Ended)},
					} {
						row(x[0], orDash(x[1]))
					}
				})
				if j.Verdict != nil {
					fmt.Fprintf(w, "verdict  %s %s\n", j.Verdict.Outcome, strings.Join(j.Verdict.Because, ", "))
				}
			})
		}),
	}
}

func newJobEndCommand(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "end JOB", Short: "Say that a job ended, or withdraw one that waits", Args: cobra.ExactArgs(1),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			r, err := cl.End(ctx, args[0])
			if err != nil {
				return err
			}
			return c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
				fmt.Fprintf(w, "job %s ended (entry %d)\n", args[0], r.Entry)
				writeEffects(w, r.Effects)
			})
		}),
	}
}

// writeEffects tells what followed from a fact.
func writeEffects(w io.Writer, effects []api.Effect) {
	for _, e := range effects {
		what := e.Do
		switch {
		case e.Job != "":
			what += " of job " + e.Job
		case e.Permit != "":
			what += strings.TrimSuffix(" "+e.Version, " ") + " of permit " + e.Permit
		case e.Lot != "":
			what += fmt.Sprintf(" of %d devices of lot %s", e.Devices, e.Lot)
		}
		if e.By != "" {
			what += " by " + e.By
		}
		fmt.Fprintf(w, "  %s\n", what)
	}
}
