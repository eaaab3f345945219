package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/amendment"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/plan"
	"github.com/proviso-dev/proviso/wording"
)

func newDiffCommand() *cobra.Command {
	var f planFlags
	var output, lang string
	var around []string
	var detailed bool
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Say what changed between two versions of permits, and what each change does to the plan",
		Long: `Diff compares two versions of permits, files or directories, with their regimes
written out: which clauses and other fields changed, in words.

If the documents have a plan, each change is also made by itself and all of them
together, and the plan says what that does to its milestones, to deliveries and
to the room left under clauses. Permits alone have no plan: --plan names the
documents in which they replace those of the same names. What a scenario sets
stands over both versions.

Exit codes: 0, or 1 on an error. With --detailed-exitcode, 2 when something
changed.`,
		Example: `  proviso diff permits-1.yaml permits-2.yaml
  proviso diff permits-1.yaml permits-2.yaml --plan examples/h200
  proviso diff old/ new/ -o github > comment.md`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			l, err := wording.ParseLanguage(lang)
			if err != nil {
				return err
			}
			d, err := diff(ctx, l, args, around, &f)
			if err != nil {
				return err
			}
			if err := writeDiff(cmd.OutOrStdout(), d, output); err != nil {
				return err
			}
			if detailed && len(d.Changes) > 0 {
				return exitFindings
			}
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, json or github (a comment in Markdown)")
	cmd.Flags().StringVar(&lang, "lang", "en", "language of the clauses: en or de")
	cmd.Flags().StringArrayVar(&around, "plan", nil, "documents of the plan in which the permits stand")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when something changed")
	return cmd
}

// diffFormat is the version of the JSON output.
const diffFormat = "proviso.dev/diff/v1alpha1"

// difference is what diff says.
type difference struct {
	Format  string       `json:"format"`
	Changes []diffChange `json:"changes"`
	// Together is what all changes do; empty without a plan.
	Planned  bool     `json:"planned"`
	Together []effect `json:"together,omitempty"`
	// Skipped says why single changes were not planned.
	Skipped string `json:"skipped,omitempty"`
}

// diffChange is a change with what it does by itself.
type diffChange struct {
	amendment.Change
	Effects []effect `json:"effects,omitempty"`
	// Unplanned says why the change cannot be made by itself, such as a permit
	// that goes while lots still stand under it.
	Unplanned string `json:"unplanned,omitempty"`
}

// effect is a figure of the plan that changed.
type effect struct {
	What  string `json:"what"`
	Delta string `json:"delta,omitempty"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// maxPlannedChanges bounds how many changes are planned one by one.
const maxPlannedChanges = 40

func diff(ctx context.Context, l wording.Language, args, around []string, f *planFlags) (*difference, error) {
	a, errs := catalog.Read(args[0])
	b, more := catalog.Read(args[1])
	if err := loadError(append(errs, more...).Sort()); err != nil {
		return nil, err
	}
	changes, errs := amendment.Compare(l, a, b)
	if err := loadError(errs); err != nil {
		return nil, err
	}
	d := &difference{Format: diffFormat, Changes: []diffChange{}}
	for _, c := range changes {
		d.Changes = append(d.Changes, diffChange{Change: c})
	}
	before, after, err := planned(a, b, around)
	if err != nil || before == nil || len(changes) == 0 {
		return d, err
	}
	d.Planned = true
	return d, d.plan(ctx, l, before, after, f)
}

// planned gives the documents of both plans, or nil where there is none.
func planned(a, b *catalog.Set, around []string) (before, after *catalog.Set, err error) {
	if len(around) == 0 {
		if !hasScenario(a) || !hasScenario(b) {
			return nil, nil, nil
		}
		return a, b, nil
	}
	set, errs := catalog.Read(around...)
	if err := loadError(errs); err != nil {
		return nil, nil, err
	}
	after = set.Replace(permitsOf(b))
	for _, x := range permitsOf(a) {
		if !slices.ContainsFunc(permitsOf(b), func(y *document.Document) bool { return x.Name == y.Name }) {
			after = after.Without("Permit", x.Name)
		}
	}
	return set.Replace(permitsOf(a)), after, nil
}

func hasScenario(s *catalog.Set) bool {
	for _, d := range s.Documents() {
		if d.Kind == "Scenario" && d.Name == baseScenario {
			return true
		}
	}
	return false
}

func permitsOf(s *catalog.Set) (out []*document.Document) {
	for _, d := range s.Documents() {
		if d.Kind == "Permit" {
			out = append(out, d)
		}
	}
	return out
}

// plan makes the plan before, after, and with each change by itself. The
// scenario's own changes are made in both versions first: its paths may name
// what a version written out clause by clause no longer has, and where it sets
// what changed, the change does nothing.
func (d *difference) plan(ctx context.Context, l wording.Language, before, after *catalog.Set, f *planFlags) error {
	g := *f
	g.noCosts, g.rooms = true, true
	problem := func(s *catalog.Set) (*plan.Problem, error) {
		p, err := newProblem(s, &g, nil)
		if err != nil {
			return nil, err
		}
		return p.Problem, nil
	}
	make := func(s *catalog.Set) (*catalog.Set, *plan.Result, error) {
		s, errs := s.Under(cmp.Or(f.scenario, baseScenario))
		if err := loadError(errs); err != nil {
			return nil, nil, err
		}
		p, err := problem(s)
		if err != nil {
			return nil, nil, err
		}
		r, err := makeWithProgress(ctx, p)
		return s, r, err
	}
	before, base, err := make(before)
	if err != nil {
		return fmt.Errorf("the earlier version: %w", err)
	}
	after, all, err := make(after)
	if err != nil {
		return fmt.Errorf("the later version: %w", err)
	}
	d.Together = effects(base, all)
	if len(d.Changes) > maxPlannedChanges {
		d.Skipped = fmt.Sprintf("%d changes are more than the %d that are planned one by one", len(d.Changes), maxPlannedChanges)
		return nil
	}
	made, errs := amendment.Compare(l, before, after)
	if err := loadError(errs); err != nil {
		return err
	}
	for i := range d.Changes {
		c := &d.Changes[i]
		k := slices.IndexFunc(made, func(m amendment.Change) bool {
			return m.Permit == c.Permit && m.Clause == c.Clause && m.Field == c.Field
		})
		if k < 0 {
			continue // the scenario sets the same in both versions
		}
		set, err := made[k].Apply(before)
		if err != nil {
			return err
		}
		p, err := problem(set)
		if err != nil {
			c.Unplanned = fmt.Sprintf("cannot be made alone: %s", err)
			continue
		}
		r, err := makeWithProgress(ctx, p)
		if err != nil {
			return fmt.Errorf("with the change of %s alone: %w", c.Name(), err)
		}
		c.Effects = effects(base, r)
	}
	return nil
}
