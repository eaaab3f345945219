package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/plan"
	"github.com/proviso-dev/proviso/report"
	"github.com/proviso-dev/proviso/trace"
)

// planFlags are what plan and why take to make the same plan.
type planFlags struct {
	scenario string
	from     string
	until    string
	samples  int
	seed     int64
	workers  int
	trace    string
	mapping  string
	beside   bool
	noCosts  bool
	// rooms asks for the room left under clauses, which diff compares.
	rooms bool
}

func (f *planFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.scenario, "scenario", "", "plan this scenario instead of base")
	fl.StringVar(&f.from, "from", "", "first day of the period (default: as the scenario base says)")
	fl.StringVar(&f.until, "until", "", "first day after the period")
	fl.IntVar(&f.samples, "samples", 0, "number of samples (default: as base says, or 100)")
	fl.Int64Var(&f.seed, "seed", -1, "seed of the draws (default: as base says, or 1)")
	fl.IntVar(&f.workers, "workers", 0, "samples that run at once (default: one for each processor); the result does not depend on it")
	fl.StringVar(&f.trace, "trace", "", "replay recorded jobs from this file: sacct --parsable2, Philly, openb or CSV")
	fl.StringVar(&f.mapping, "mapping", "", "what the trace's accounts stand for (default: FILE.mapping.yaml beside the trace)")
	fl.BoolVar(&f.beside, "beside", false, "replay the trace beside the documents' own jobs instead of alone")
	if err := cmd.RegisterFlagCompletionFunc("scenario", completeScenarios); err != nil {
		panic(err) // a flag of this very function
	}
}

func completeScenarios(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, _ := catalog.Load(args...)
	var names []string
	for _, s := range c.Scenarios {
		names = append(names, s.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func newPlanCommand() *cobra.Command {
	var f planFlags
	var output string
	var vary []string
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan PATH...",
		Short: "Say what a fleet under conditional permits delivers by when, and what each condition costs",
		Long: `Plan simulates the programmes, jobs, deliveries and permits that the documents
describe, over the same core that enforces: without the new devices, with them
on no conditions, and on their conditions. It prints the milestones of each, the
cost of each condition, the state of each permit, and the answer in words.

Documents are YAML files, or directories of them. The scenario named base gives
the period, the number of samples and the seed; --scenario plans a variant of
it and shows the difference.

Exit codes: 0 when a plan was made, 1 on an error. With --detailed-exitcode, 2
when a milestone's middle date falls outside the period or a condition is in
breach in the middle of the samples.`,
		Example: `  proviso plan examples/h200
  proviso plan examples/h200 --scenario us-cap
  proviso plan examples/h200 --vary permit.cn-import-deepseek.spec.conditions.national-programme-share.share.atLeast=10%,30%,50%
  proviso plan examples/team-budgets --trace examples/team-budgets/jobs.csv
  proviso plan examples/h200 -o html > plan.html`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			if len(vary) > 0 {
				return runVary(ctx, cmd.OutOrStdout(), args, &f, vary, output)
			}
			r, base, err := makePlan(ctx, args, &f)
			if err != nil {
				return err
			}
			if err := writePlan(cmd.OutOrStdout(), r, base, output); err != nil {
				return err
			}
			if detailed && (r.Late || r.Breach) {
				return exitCode(2)
			}
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.noCosts, "no-costs", false, "leave out the cost of conditions, which takes most of the time")
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, wide, json or html")
	cmd.Flags().StringArrayVar(&vary, "vary", nil, "plan again for each value of a field, PATH=V1,V2,…; once or twice")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when a date is missed or a condition is in breach")
	return cmd
}

// makePlan plans the scenario asked for, and the base beside it where that is
// another one.
func makePlan(ctx context.Context, paths []string, f *planFlags) (r, base *plan.Result, err error) {
	set, errs := catalog.Read(paths...)
	if err := loadError(errs); err != nil {
		return nil, nil, err
	}
	p, err := newProblem(set, f, nil)
	if err != nil {
		return nil, nil, err
	}
	if r, err = makeWithProgress(ctx, p.Problem); err != nil {
		return nil, nil, err
	}
	r.Scenario, r.Supposes = p.name, p.description
	if f.scenario == "" || f.scenario == baseScenario || !p.hasBase {
		return r, nil, nil
	}
	g := *f
	g.scenario = baseScenario
	b, err := newProblem(set, &g, nil)
	if err != nil {
		return nil, nil, err
	}
	if base, err = makeWithProgress(ctx, b.Problem); err != nil {
		return nil, nil, err
	}
	base.Scenario = baseScenario
	return r, base, nil
}

func writePlan(w io.Writer, r, base *plan.Result, output string) error {
	switch output {
	case "table", "wide":
		report.Text(w, r, output == "wide")
		if base != nil {
			report.Difference(w, base, r)
		}
		return nil
	case "json":
		return writeJSON(w, r)
	case "html":
		return report.HTML(w, r, base)
	}
	return fmt.Errorf("unknown output %q: write table, wide, json or html", output)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// baseScenario is the scenario that gives the period of every other one.
const baseScenario = "base"

// scenarioProblem is a problem with the name of its scenario.
type scenarioProblem struct {
	*plan.Problem
	name, description string
	hasBase           bool
}

// newProblem resolves the documents as a scenario changes them.
func newProblem(set *catalog.Set, f *planFlags, changes []catalog.Change) (*scenarioProblem, error) {
	c, errs := set.Resolve()
	if err := loadError(errs); err != nil {
		return nil, err
	}
	out := &scenarioProblem{name: baseScenario}
	base, wanted := findScenario(c, baseScenario), (*catalog.Entry[catalog.Scenario])(nil)
	out.hasBase = base != nil
	if f.scenario != "" {
		if wanted = findScenario(c, f.scenario); wanted == nil {
			return nil, unknownScenario(c, f.scenario)
		}
	} else {
		wanted = base
	}
	var spec catalog.Scenario
	file := ""
	if wanted != nil {
		out.name, out.description, spec, file = wanted.Name, wanted.Spec.Description, wanted.Spec, wanted.Document.File
		changes = append(append([]catalog.Change{}, spec.Set...), changes...)
	}
	if len(changes) > 0 {
		changed, cerr := set.With(changes)
		if err := loadError(cerr); err != nil {
			return nil, fmt.Errorf("scenario %s: %w", out.name, err)
		}
		if c, errs = changed.Resolve(); len(errs) > 0 {
			return nil, fmt.Errorf("scenario %s: %w", out.name, loadError(errs))
		}
	}
	o, err := options(f, base, &spec)
	if err != nil {
		return nil, err
	}
	if err := withTrace(&o, f, c, &spec, filepath.Dir(file)); err != nil {
		return nil, err
	}
	p, err := plan.NewProblem(c, o)
	if err != nil {
		return nil, err
	}
	out.Problem = p
	return out, nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func unknownScenario(c *catalog.Catalog, name string) error {
	var names []string
	for _, s := range c.Scenarios {
		names = append(names, s.Name)
	}
	return fmt.Errorf("there is no scenario %q: the documents have %s", name, orNone(strings.Join(names, ", ")))
}

func findScenario(c *catalog.Catalog, name string) *catalog.Entry[catalog.Scenario] {
	for i := range c.Scenarios {
		if c.Scenarios[i].Name == name {
			return &c.Scenarios[i]
		}
	}
	return nil
}

// options gathers the period, samples and seed: flags first, then the
// scenario, then base.
func options(f *planFlags, base *catalog.Entry[catalog.Scenario], s *catalog.Scenario) (plan.Options, error) {
	o := plan.Options{Zone: time.UTC, Samples: 100, Seed: 1, Workers: f.workers, Events: s.Events, Beside: f.beside, NoCosts: f.noCosts, Rooms: f.rooms}
	var period *catalog.Period
	for _, x := range []*catalog.Scenario{specOf(base), s} {
		if x == nil {
			continue
		}
		if x.Period != nil {
			period = x.Period
		}
		if x.Samples > 0 {
			o.Samples = x.Samples
		}
		if x.Seed > 0 {
			o.Seed = x.Seed
		}
	}
	if f.samples > 0 {
		o.Samples = f.samples
	}
	if f.seed >= 0 {
		o.Seed = uint64(f.seed)
	}
	var from, until calendar.Moment
	if period != nil {
		from, until = period.From, period.Until
		if period.TimeZone != "" {
			loc, err := time.LoadLocation(period.TimeZone)
			if err != nil {
				return o, fmt.Errorf("period.timeZone: there is no time zone %q", period.TimeZone)
			}
			o.Zone = loc
		}
	}
	for flag, m := range map[string]*calendar.Moment{f.from: &from, f.until: &until} {
		if flag == "" {
			continue
		}
		v, err := calendar.ParseMoment(flag)
		if err != nil {
			return o, err
		}
		*m = v
	}
	if from.Zero() || until.Zero() {
		return o, errors.New("the plan needs a period: give --from and --until, or a Scenario named base with a period")
	}
	o.From, o.Until = from.In(o.Zone), until.In(o.Zone)
	return o, nil
}

func specOf(e *catalog.Entry[catalog.Scenario]) *catalog.Scenario {
	if e == nil {
		return nil
	}
	return &e.Spec
}

// withTrace reads recorded load, from the flags or the scenario.
func withTrace(o *plan.Options, f *planFlags, c *catalog.Catalog, s *catalog.Scenario, dir string) error {
	file, mapping := f.trace, f.mapping
	if file == "" && s.Trace != nil {
		file, mapping = filepath.Join(dir, s.Trace.File), filepath.Join(dir, s.Trace.Mapping)
		o.Beside = o.Beside || s.Trace.Beside
	}
	if file == "" {
		return nil
	}
	if mapping == "" {
		mapping = strings.TrimSuffix(strings.TrimSuffix(file, ".gz"), filepath.Ext(strings.TrimSuffix(file, ".gz"))) + ".mapping.yaml"
	}
	data, err := os.ReadFile(mapping)
	if err != nil {
		return fmt.Errorf("the trace's mapping cannot be read: %w; write one beside the trace or name it with --mapping", err)
	}
	m, err := trace.ReadMapping(mapping, data, namesOf(c))
	if err != nil {
		return err
	}
	o.Trace, err = trace.Read(file, m)
	o.TraceHolder = m.Holder
	return err
}

// namesOf are the names of documents that a mapping may refer to.
func namesOf(c *catalog.Catalog) *trace.Known {
	k := &trace.Known{}
	for _, l := range c.Lots {
		k.Lots = append(k.Lots, l.Name)
		k.Holders = append(k.Holders, l.Spec.Holder)
	}
	for _, p := range c.Permits {
		k.Holders = append(k.Holders, p.Spec.Holder)
	}
	for _, s := range c.Sites {
		k.Sites = append(k.Sites, s.Name)
	}
	for _, a := range c.Accelerators {
		k.Accelerators = append(append(k.Accelerators, a.Name), a.Spec.Aliases...)
	}
	return k
}

// makeWithProgress makes a plan, with a bar on standard error when that is a
// terminal.
func makeWithProgress(ctx context.Context, p *plan.Problem) (*plan.Result, error) {
	bar := newProgress(os.Stderr, "planning")
	p.Progress = bar.set
	r, err := plan.Make(ctx, p)
	bar.clear()
	if errors.Is(err, context.Canceled) {
		return nil, errors.New("interrupted; nothing was written")
	}
	return r, err
}

// loadError turns the errors of a load into one, all of them shown.
func loadError(errs document.Errors) error {
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("the documents have %s:\n%w", number(len(errs), "error"), errs)
}
