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
  long in one release as in another, and a release appears with few models. Within most groups errors are all of one sign (see the bias by class). What is left
  is not shared: corrections learnt from the other groups of the same engine, precision and family, or of the same architecture elsewhere, shrunk towards none,
  were tried and make TPOT worse (13.7 to 19.9 %, TTFT 25.8 to 30.0 %). gpt-oss is slower than predicted
  on H200 and faster on B200, DeepSeek the other way round.
- **TTFT** of the tables is a mean over a closed loop that begins with all requests at once; InferenceX's runs have ten requests for each client. Until
  21 January 2026 they were not warmed up, so that the first requests waited for kernels to be compiled (seconds with SGLang on B200). Qwen3-32B with SGLang on
  H100 goes on in lockstep, each request waiting for half of the others' prompts, which other runs of fixed lengths with the same engine do not.
- What InferenceX's tables do not say is read from its recipes and their history: lengths drawn between eight tenths and all of those that a run is named by,
  the format of the cache, since when tokens are drafted, and that SGLang on Blackwell looks for new requests at each tenth or thirtieth step.
- A file of runs is left out as a whole when the TTFT and TPOT of one of them together mean more multiplications than large matrices alone reach on the product:
  its prompts were cached. That is Llama 3.1 8B with vLLM on H200, and one run of Qwen3-32B on B200: 22 rows of
  either metric. With them TPOT is 13.7 % and TTFT 26.8 % off.
- B300 is scored with the others since its rows are read. Without its 92 rows of either metric TPOT is 13.7 % and TTFT 26.7 % off.
- Prompts of ML.ENERGY's tasks are not published with its figures; their mean length is assumed, which matters little for long answers.
- **Energy** is too high where a model draws little power though its memory is busy (Llama 4 on H100), and too low where the measured throughput is far below
  the batch over the time between tokens (Qwen3-Coder in fp8 on B200): nothing in the tables says why. These few
  groups also lie outside of the intervals that the others give.
- **Separate prefill** is fitted to nothing: its coefficients are those of runs in which the same devices do both. Whether tokens were drafted is not said.
- **Training** in MLPerf does not log its layout or precision: the layout is searched, and fp8 assumed from Hopper on. The first runs of Llama 3.1 405B on H100
  and the fine-tuning on B200 are slower and faster than that.
- **Whole training runs** hold evaluation, restarts and work done over, by an amount that differs from maker to maker: the middle of Meta's runs takes a fifth
  more than its steps, BigScience's twice as much. What is known beforehand (more than nine tenths of Llama 3 405B's time was effective) is weighed against
  two makers. Nine runs are published. DeepSeek-V3's hours are a rate of its steps, 180 thousand for each trillion tokens, and are compared with the steps
  alone (as a whole run it would be 35 % too high); the small Llama 3 models took far longer than their operations, and the devices that they ran on are not published.
- **Output throughput and energy** are a little off what is asked since the speed of reading weights is the product's own, measured with large matrices in bf16,
  instead of a median that held what starting a small one takes. Dense models on B200 come out right with it, and narrow formats need a time for each
  layer that is fitted; gains in TPOT and in the time between tokens are larger than what is lost.
- **Power in training** has ten rows in three groups: its intervals lean on the errors of power in serving.
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
