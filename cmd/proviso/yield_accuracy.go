package main

import (
	"fmt"
	"io"

	"github.com/proviso-dev/proviso/yield"
)

// asked is what each metric is meant to reach.
var asked = map[string]string{"trainRate": "10 %", "trainTime": "10 %", "tpot": "12 %", "itl": "12 %", "outputRate": "12 %", "ttft": "25 %", "energy": "12 %"}

// writeAccuracy writes docs/accuracy.md.
func writeAccuracy(w io.Writer, views []scoreView) error {
	fmt.Fprint(w, `# How far predictions are from what was published

Written by `+"`proviso yield validate --data DIR -o markdown`"+` over the collected tables; `+"`proviso yield validate`"+` does the same over the
measurements that ship with the program.

Measurements of one kind of work (training or serving), accelerator and architecture form a group; DeepSeek-V3 and R1, or
Llama 2, 3 and 3.1 of one size, are one architecture. Each row is predicted by coefficients fitted **without its whole group**, and its 80 % interval
comes from the errors of the other groups. The error is the median of |predicted ÷ published − 1| over rows.

| metric | rows | groups | median error | asked for | median bias | in the 80 % interval (asked for: 75–85 %) |
|---|---:|---:|---:|---:|---:|---:|
`)
	for _, v := range views {
		if v.Accelerator == "" && v.Model == "" && v.Precision == "" && v.Engine == "" {
			goal := asked[v.Metric]
			if goal == "" {
				goal = notKnown
			}
			fmt.Fprintf(w, "| %s | %d | %d | %.1f %% | %s | %+.1f %% | %.0f %% |\n", metricWords[v.Metric], v.Rows, v.Groups, v.Error, goal, v.Bias, v.Covered)
		}
	}
	fmt.Fprint(w, `
## What falls short, and why

- **TPOT and TTFT** depend on the serving software at least as much as on the accelerator: the same model, accelerator, layout and load take up to twice as
  long in one release as in another, and a release appears with few models. A coefficient of an engine that was fitted to others cannot know that: within most
  groups errors are all of one sign (see the bias by class).
- **TTFT** of the tables is a mean over a closed loop that begins with all requests at once. How many requests that burst weighs against depends on the
  length of the run, which the tables do not give.
- Runs of DeepSeek-R1 in the snapshots of InferenceX are served with drafted tokens and do not say so; the reader takes them as such by the file.
- Runs whose TTFT and TPOT together mean more multiplications than large matrices alone reach on the product (cached prompts, most likely) are left out.
- Prompts of ML.ENERGY's tasks are not published with its figures; their mean length is assumed, which matters little for long answers.
- **Energy** is too high where a model draws little power though its memory is busy (Llama 4 on H100), and too low where the measured throughput is far below
  the batch over the time between tokens (Qwen3-Coder in fp8 on B200): nothing in the tables says why.
- **Separate prefill** is fitted to nothing: its coefficients are those of runs in which the same devices do both. Whether tokens were drafted is not said.
- **Training** in MLPerf does not log its layout or precision: the layout is searched, and fp8 assumed from Hopper on. The first runs of Llama 3.1 405B on H100
  and the fine-tuning on B200 are slower and faster than that.
- **Whole training runs** hold evaluation, restarts and work done over, by an amount that differs from maker to maker. Nine are published, of which H800 has one.
- **Power in training** has ten rows in three groups, so that each interval comes from two others.
- H800, H20, MI300X and Ascend have too few measurements to score: their intervals are twice as wide, and answers say "prior, not validated".

## What it was fitted to

`)
	c := yield.Fitted()
	for _, d := range c.Data {
		fmt.Fprintf(w, "- %s\n", d)
	}
	fmt.Fprintf(w, "\nCommand: `%s`. %d parts of groups were held out in turn.\n\n", c.Command, len(c.HeldOut))
	fmt.Fprint(w, "## By class\n\n| metric | accelerator | model | precision | engine | rows | median error | median bias | in the interval |\n|---|---|---|---|---|---:|---:|---:|---:|\n")
	for _, v := range views {
		if v.Accelerator == "" && v.Model == "" && v.Engine == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %d | %.1f %% | %+.1f %% | %.0f %% |\n", metricWords[v.Metric], star(v.Accelerator), star(v.Model), star(v.Precision), star(v.Engine),
			v.Rows, v.Error, v.Bias, v.Covered); err != nil {
			return err
		}
	}
	return nil
}
