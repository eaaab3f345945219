package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/measurement"
	"github.com/proviso-dev/proviso/yield"
)

func newYieldValidateCommand() *cobra.Command {
	var data, output string
	var every bool
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Hold predictions against published measurements, by metric, accelerator and model",
		Long: `Hold predictions against published measurements: those that ship with proviso, or
the large tables of a directory.

Measurements of one kind of work (training or serving), accelerator and architecture
form a group. Each is predicted with coefficients that were fitted without its whole
group, and its 80 % interval comes from the errors of the other groups.`,
		Example: `  proviso yield validate
  proviso yield validate --data ../shared/data/validation -o markdown > docs/accuracy.md`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rows, err := measurement.Published()
			if data != "" {
				rows, _, err = measurement.ReadDirectory(data)
			}
			if err != nil {
				return err
			}
			cases, err := measurement.Cases(rows)
			if err != nil {
				return err
			}
			scores, err := measurement.Scores(cases, yield.Fitted())
			if err != nil {
				return err
			}
			return writeScores(cmd.OutOrStdout(), output, scores, every)
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "directory of collected tables (default: the measurements that ship with proviso)")
	cmd.Flags().BoolVar(&every, "all", false, "every class, not only the sums")
	cmd.Flags().StringVarP(&output, "output", "o", "table", "output: table, json or markdown")
	return cmd
}

// scoreView is one line of the report.
type scoreView struct {
	Metric      string  `json:"metric"`
	Accelerator string  `json:"accelerator,omitempty"`
	Model       string  `json:"model,omitempty"`
	Precision   string  `json:"precision,omitempty"`
	Engine      string  `json:"engine,omitempty"`
	Rows        int     `json:"rows"`
	Groups      int     `json:"groups"`
	Error       float64 `json:"medianAbsoluteErrorPercent"`
	Bias        float64 `json:"medianErrorPercent"`
	Covered     float64 `json:"coveredPercent"`
	Unpredicted int     `json:"unpredicted,omitempty"`
}

func scoreViews(scores []measurement.Score, every bool) []scoreView {
	var out []scoreView
	for _, s := range scores {
		if s.Format != "" && !every {
			continue
		}
		out = append(out, scoreView{
			string(s.Metric), s.Accelerator, s.Model, s.Format, s.Engine, s.Rows, s.Groups, figures(100 * s.Error), figures(100 * s.Bias), figures(100 * s.Covered), s.Unpredicted,
		})
	}
	return out
}

// metricWords says what a metric is.
var metricWords = map[string]string{
	"trainRate": "training throughput", "trainTime": "device-hours of a whole training run", "tpot": "TPOT, mean", "itl": "time between tokens, median", "outputRate": "output throughput",
	"ttft": "TTFT", "apartTPOT": "TPOT, separate prefill", "apartTTFT": "TTFT, separate prefill", "energy": "energy of a token", "power": "power in serving", "nodePower": "power in training",
}

func writeScores(w io.Writer, output string, scores []measurement.Score, every bool) error {
	views := scoreViews(scores, every)
	switch output {
	case "json":
		return writeJSON(w, struct {
			Format string      `json:"format"`
			Scores []scoreView `json:"scores"`
		}{yieldFormat, views})
	case "markdown":
		return writeAccuracy(w, scoreViews(scores, true))
	case "table":
	default:
		return fmt.Errorf("output %q is not known: it is table, json or markdown", output)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "METRIC\tACCELERATOR\tMODEL\tPRECISION\tENGINE\tROWS\tGROUPS\tERROR %\tBIAS %\tIN 80 % INTERVAL")
	for _, v := range views {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%.1f\t%+.1f\t%.0f %%\n", metricWords[v.Metric], star(v.Accelerator), star(v.Model), star(v.Precision), star(v.Engine),
			v.Rows, v.Groups, v.Error, v.Bias, v.Covered)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nError: median of |predicted ÷ published − 1|. Each group is predicted by coefficients fitted without it.")
	return err
}

func star(s string) string {
	if s == "" {
		return "all"
	}
	return s
}
