// Command serving holds Proviso's simulation of served requests beside that of
// BLIS (inference-sim/inference-sim) on the same requests, and prints a Markdown
// table for docs/benchmarks.md. Run it in the folder bench, with a checkout of
// BLIS that it builds and never changes:
//
//	go run ./serving -blis ../../inference-sim
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/proviso-dev/proviso/yield"
)

// workload is one setting that both simulate.
type workload struct {
	Name, Model, Config, Device, Hardware string
	Tensor, Copies, Requests              int
	// PerSecond is requests that arrive in a second.
	PerSecond float64
}

var workloads = []workload{
	{"Llama 3.1 8B, 4 × H100", "llama-3.1-8b", "llama-3.1-8b-instruct", "h100-sxm", "H100", 1, 4, 2000, 40},
	{"the same, twice the load", "llama-3.1-8b", "llama-3.1-8b-instruct", "h100-sxm", "H100", 1, 4, 2000, 80},
	{"Llama 3.1 70B, 4 copies of 4 × H100", "llama-3.1-70b", "llama-3.1-70b-instruct", "h100-sxm", "H100", 4, 4, 2000, 12},
}

// answer is what a simulation says, in ms, and what it took.
type answer struct {
	TTFT, TTFT99, TPOT, TPOT99 float64
	Served                     int
	seconds, megabytes         float64
}

func main() {
	blis := flag.String("blis", "", "a checkout of inference-sim/inference-sim")
	self := flag.String("simulate", "", "simulate one workload, given as JSON, and print the answer (used by the command itself)")
	flag.Parse()
	var err error
	if *self != "" {
		err = simulate(os.Stdout, *self)
	} else {
		err = compare(os.Stdout, *blis)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "serving:", err)
		os.Exit(1)
	}
}

func compare(w io.Writer, checkout string) error {
	if checkout == "" {
		return fmt.Errorf("say where BLIS is with -blis: git clone https://github.com/inference-sim/inference-sim")
	}
	commit, err := exec.Command("git", "-C", checkout, "rev-parse", "HEAD").Output()
	if err != nil {
		return fmt.Errorf("%s is not a checkout: %w", checkout, err)
	}
	dir, err := os.MkdirTemp("", "serving")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "blis")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir, build.Stderr = checkout, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building BLIS in %s: %w", checkout, err)
	}
	me, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "BLIS at commit %s, latency model trained-physics.\n\n", strings.TrimSpace(string(commit)))
	fmt.Fprintln(w, "| workload | simulator | TTFT mean / P99, ms | time between tokens mean / P99, ms | CPU time, s | memory, MB |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|")
	for _, l := range workloads {
		theirs, err := runBLIS(binary, checkout, dir, l)
		if err != nil {
			return fmt.Errorf("BLIS, %s: %w", l.Name, err)
		}
		ours, err := runSelf(me, l)
		if err != nil {
			return fmt.Errorf("proviso, %s: %w", l.Name, err)
		}
		row := func(name, simulator string, a answer) {
			note := ""
			if a.Served < l.Requests {
				note = fmt.Sprintf(" (%d of %d requests served)", a.Served, l.Requests)
			}
			fmt.Fprintf(w, "| %s | %s%s | %.0f / %.0f | %.1f / %.1f | %.2f | %.0f |\n", name, simulator, note, a.TTFT, a.TTFT99, a.TPOT, a.TPOT99, a.seconds, a.megabytes)
		}
		row(fmt.Sprintf("%s, %d requests, %g a second", l.Name, l.Requests, l.PerSecond), "proviso", ours)
		row("", "BLIS", theirs)
	}
	return nil
}

// child runs a command and says what processor time and memory it took.
func child(c *exec.Cmd) (out []byte, a answer, err error) {
	c.Stderr = os.Stderr
	if out, err = c.Output(); err != nil {
		return nil, a, err
	}
	a.seconds = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		a.megabytes = float64(u.Maxrss) / 1024 // Linux counts kB
	}
	return out, a, nil
}

func runSelf(me string, l workload) (answer, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return answer{}, err
	}
	out, a, err := child(exec.Command(me, "-simulate", string(text)))
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(out, &a)
}

// simulate is the child's side: the requests are made and simulated here.
func simulate(w io.Writer, text string) error {
	var l workload
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return err
	}
	in, err := l.instance()
	if err != nil {
		return err
	}
	r, err := yield.Default().Simulate(in, l.Copies, l.requests())
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(answer{
		TTFT: mean(r.TTFT), TTFT99: 1000 * yield.Percentile(r.TTFT, 0.99), TPOT: mean(r.TPOT), TPOT99: 1000 * yield.Percentile(r.TPOT, 0.99), Served: len(r.TTFT),
	})
}

// mean is in ms.
func mean(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x)
	}
	return 1000 * sum / math.Max(1, float64(len(v)))
}

// runBLIS replays the requests, written as the trace that it reads.
func runBLIS(binary, checkout, dir string, l workload) (answer, error) {
	header, data := filepath.Join(dir, "trace.yaml"), filepath.Join(dir, "trace.csv")
	if err := os.WriteFile(header, []byte("trace_version: 3\ntime_unit: microseconds\nmode: generated\nwarm_up_requests: 0\n"), 0o600); err != nil {
		return answer{}, err
	}
	if err := os.WriteFile(data, l.trace(), 0o600); err != nil {
		return answer{}, err
	}
	c := exec.Command(binary, "replay", "--trace-header", header, "--trace-data", data, "--model", "meta-llama/"+l.Config,
		"--model-config-folder", filepath.Join("model_configs", l.Config), "--hardware", l.Hardware, "--tp", fmt.Sprint(l.Tensor), "--num-instances", fmt.Sprint(l.Copies),
		"--horizon", fmt.Sprint((4 * time.Duration(float64(l.Requests)/l.PerSecond) * time.Second).Microseconds()))
	c.Dir = checkout
	out, a, err := child(c)
	if err != nil {
		return a, err
	}
	return a, a.read(string(out))
}

// read takes BLIS's answer for all copies together from what it prints.
func (a *answer) read(text string) error {
	for {
		i := strings.Index(text, "{")
		if i < 0 {
			return errors.New("it prints no metrics of the instance called cluster")
		}
		var m struct {
			Of     string  `json:"instance_id"`
			Served int     `json:"completed_requests"`
			TTFT   float64 `json:"ttft_mean_ms"`
			TTFT99 float64 `json:"ttft_p99_ms"`
			ITL    float64 `json:"itl_mean_ms"`
			ITL99  float64 `json:"itl_p99_ms"`
		}
		d := json.NewDecoder(strings.NewReader(text[i:]))
		if err := d.Decode(&m); err != nil {
			return fmt.Errorf("its answer: %w", err)
		}
		if m.Of == "cluster" {
			a.Served, a.TTFT, a.TTFT99, a.TPOT, a.TPOT99 = m.Served, m.TTFT, m.TTFT99, m.ITL, m.ITL99
			return nil
		}
		text = text[i+int(d.InputOffset()):]
	}
}
