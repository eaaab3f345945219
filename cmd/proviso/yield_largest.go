package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/yield"
)

// families are the models whose architectures are scaled.
var families = []string{"llama-3-1-405b", "qwen3-235b-a22b", "deepseek-v3", "deepseek-v3-2", "deepseek-v4-flash", "gpt-oss-120b", "mixtral-8x22b", "glm-4-5"}

// largestRow is one family's answer.
type largestRow struct {
	Family      string  `json:"family"`
	Parameters  float64 `json:"parameters"`
	Active      float64 `json:"active"`
	Tokens      float64 `json:"tokens"`
	Days        float64 `json:"days"`
	CopyDevices int     `json:"copyDevices"`
	Context     float64 `json:"context"`
	Note        string  `json:"note,omitempty"`
}

func newYieldLargestCommand() *cobra.Command {
	var f yieldFlags
	var by, from string
	var ratio, sequence float64
	cmd := &cobra.Command{
		Use:   "largest",
		Short: "The largest model that can be trained by a date, and the longest context that can be served",
		Long: `Find, for each known family of architectures, the largest model that a number of
accelerators can pretrain by a date and then serve, and the longest context of which
all of them together hold one request. A family is scaled by its active parameters:
widths and depth by the cube root. It is trained on as many tokens for each active
parameter as its own model was, or as --tokens-per-active says.`,
		Example: `  proviso yield largest --on h200 --count 8192 --by 2026-12-31 --from 2026-06-01
  proviso yield largest --on h20 --count 1024 --by 90d --model deepseek-v3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			seconds, err := until(from, by)
			if err != nil {
				return err
			}
			rows, err := f.largest(seconds, ratio, sequence)
			if err != nil {
				return err
			}
			return f.writeLargest(cmd.OutOrStdout(), rows, seconds)
		},
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.StringVar(&by, "by", "", "the date, or how long there is, such as 90d")
	fl.StringVar(&from, "from", "", "the date on which training starts, with a date in --by (default: today)")
	fl.Float64Var(&ratio, "tokens-per-active", 0, "tokens for each active parameter (default: the family's own model's)")
	fl.Float64Var(&sequence, "sequence", 4096, "tokens of a sequence in training")
	return cmd
}

// until gives the seconds that there are.
func until(from, by string) (float64, error) {
	if d, err := quantity.ParseDuration(by); err == nil && d > 0 {
		return float64(d) / 1000, nil
	}
	end, err := time.Parse(time.DateOnly, by)
	if err != nil {
		return 0, fmt.Errorf("--by: %q is neither a date nor a duration: write 2026-12-31 or 90d", by)
	}
	start := time.Now().UTC().Truncate(24 * time.Hour)
	if from != "" {
		start, err = time.Parse(time.DateOnly, from)
	}
	if err != nil {
		return 0, fmt.Errorf("--from: %q is not a date: say when training starts, such as 2026-06-01", from)
	}
	if !end.After(start) {
		return 0, fmt.Errorf("--by %s is not after the start of training, %s", by, start.Format(time.DateOnly))
	}
	return end.Sub(start).Seconds(), nil
}

func (f *yieldFlags) largest(seconds, ratio, sequence float64) ([]largestRow, error) {
	b, err := f.books()
	if err != nil {
		return nil, err
	}
	d, err := f.device(b, f.on)
	if err != nil {
		return nil, err
	}
	if f.count < 1 {
		return nil, errors.New("say how many accelerators there are with --count")
	}
	names := families
	if f.model != "" {
		names = []string{f.model}
	}
	var rows []largestRow
	for _, name := range names {
		f.model = name
		m, err := f.shape(b, true)
		if err != nil {
			return nil, err
		}
		e, err := catalog.FindModel(b.models, name)
		if err != nil {
			return nil, err
		}
		each := ratio
		if each == 0 {
			each = tokensPerActive(&e.Spec, m)
		}
		row := largestRow{Family: m.Name}
		l, err := yield.Default().Largest(yield.LargestQuestion{
			Family: m, Device: d, Devices: f.count, Time: seconds, TokensPerActive: each, Sequence: sequence, Failures: yield.Usual,
		})
		if err != nil {
			row.Note = err.Error()
		} else {
			row.Parameters, row.Active, row.Tokens, row.Days = figures(l.Parameters), figures(l.Active), figures(l.Tokens), figures(l.Training.Time.P50/86400)
			row.CopyDevices, row.Context = l.CopyDevices, figures(l.Context)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// unknownRatio is tokens for each active parameter where the family's own are
// not published: DeepSeek-V3's.
const unknownRatio = 400

func tokensPerActive(m *work.Model, s *yield.Shape) float64 {
	v, err := m.Tokens.Exact(quantity.Tokens)
	if err != nil || v.Sign() == 0 {
		return unknownRatio
	}
	x, _ := v.Float64()
	return x / s.Active
}

func (f *yieldFlags) writeLargest(w io.Writer, rows []largestRow, seconds float64) error {
	switch f.output {
	case "json":
		return writeJSON(w, struct {
			Format string       `json:"format"`
			Rows   []largestRow `json:"rows"`
		}{yieldFormat, rows})
	case "table":
	default:
		return fmt.Errorf("output %q is not known: it is table or json", f.output)
	}
	fmt.Fprintf(w, "The largest models that %d × %s pretrain in %s days and serve\n\n", f.count, f.on, amount(seconds/86400))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "LIKE\tPARAMETERS\tACTIVE\tTOKENS\tDAYS\tA COPY TAKES\tLONGEST CONTEXT")
	for _, r := range rows {
		if r.Note != "" {
			fmt.Fprintf(tw, "%s\t%s\n", r.Family, r.Note)
			continue
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", r.Family, short(r.Parameters), short(r.Active), short(r.Tokens), amount(r.Days), r.CopyDevices, amount(r.Context))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nPrior, not validated: architectures are scaled. Weights are served in bf16; the context is at most the family's own.")
	return err
}

// short writes a count with B or T.
func short(v float64) string {
	switch {
	case v >= 1e12:
		return amount(v/1e12) + "T"
	case v >= 1e9:
		return amount(v/1e9) + "B"
	}
	return amount(v/1e6) + "M"
}
