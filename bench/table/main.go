// Command table runs the comparison of policy engines and prints it as a
// Markdown table for docs/benchmarks.md. Run it in the folder bench:
//
//	go run ./table -count 5
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

func main() {
	count := flag.Int("count", 5, "runs, of which the median is taken")
	benchtime := flag.String("benchtime", "500ms", "time of one run")
	in := flag.String("in", "", "read the output of go test -bench from this file instead of running it")
	flag.Parse()
	if err := run(os.Stdout, *count, *benchtime, *in); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, count int, benchtime, in string) error {
	out, err := measure(count, benchtime, in)
	if err != nil {
		return err
	}
	rows, cpu, err := parse(bytes.NewReader(out))
	if err != nil {
		return err
	}
	versions, err := versions()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s, %d CPUs, %s/%s, %s. Median of %d runs.\n\n", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), rows[0].runs())
	return render(w, rows, versions)
}

// measure gives the output of the benchmarks. The tests run first: times of
// engines that disagree are not printed.
func measure(count int, benchtime, in string) ([]byte, error) {
	if in != "" {
		return os.ReadFile(in)
	}
	var all []byte
	for range count {
		// One run of all engines after the other, so that a busy minute of the
		// machine does not fall on one engine.
		cmd := exec.Command("go", "test", "-run", "TestEnginesAgree", "-bench", "^BenchmarkDecide$", "-benchmem", "-count", "1", "-benchtime", benchtime, ".")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go test: %w\n%s", err, out)
		}
		all = append(all, out...)
	}
	return all, nil
}

// modules are the engines' modules by the names of the benchmarks.
var modules = map[string]string{
	"cel-go":   "cel.dev/cel-go",
	"cedar-go": "github.com/cedar-policy/cedar-go",
	"opa":      "github.com/open-policy-agent/opa",
}

// versions gives the version of each engine, as this module requires it.
func versions() (map[string]string, error) {
	found := map[string]string{}
	for name, module := range modules {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module).Output()
		if err != nil {
			return nil, fmt.Errorf("go list -m %s: %w", module, err)
		}
		found[name] = strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	}
	return found, nil
}
