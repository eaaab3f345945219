package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// row is what was measured of one engine: the values of all runs.
type row struct {
	engine      string
	allow, deny []float64 // ns
	bytes       []float64
	allocs      []float64
}

func (r row) runs() int { return len(r.allow) }

// baseline is the engine that ratios refer to.
const baseline = "hand-written"

// parse reads lines such as
//
//	BenchmarkDecide/opa/deny-2   30000   39186 ns/op   9010 B/op   191 allocs/op
//
// Bytes and allocations are those of allowed requests.
func parse(r io.Reader) (rows []row, cpu string, err error) {
	scan := bufio.NewScanner(r)
	for scan.Scan() {
		line := scan.Text()
		if name, found := strings.CutPrefix(line, "cpu: "); found {
			cpu = name
		}
		fields := strings.Fields(line)
		if len(fields) < 8 || !strings.HasPrefix(fields[0], "BenchmarkDecide/") {
			continue
		}
		parts := strings.Split(fields[0], "/")
		if len(parts) != 3 {
			return nil, "", fmt.Errorf("%q is not the name of an engine and a case", fields[0])
		}
		i := slices.IndexFunc(rows, func(r row) bool { return r.engine == parts[1] })
		if i < 0 {
			i = len(rows)
			rows = append(rows, row{engine: parts[1]})
		}
		values := map[string]float64{}
		for k := 2; k+1 < len(fields); k += 2 {
			v, err := strconv.ParseFloat(fields[k], 64)
			if err != nil {
				return nil, "", fmt.Errorf("%q: %w", line, err)
			}
			values[fields[k+1]] = v
		}
		if strings.HasPrefix(parts[2], "deny") {
			rows[i].deny = append(rows[i].deny, values["ns/op"])
			continue
		}
		rows[i].allow = append(rows[i].allow, values["ns/op"])
		rows[i].bytes = append(rows[i].bytes, values["B/op"])
		rows[i].allocs = append(rows[i].allocs, values["allocs/op"])
	}
	if err := scan.Err(); err != nil {
		return nil, "", err
	}
	if !slices.ContainsFunc(rows, func(r row) bool { return r.engine == baseline }) {
		return nil, "", errors.New("no measurement of " + baseline + " found")
	}
	for _, r := range rows {
		if len(r.allow) == 0 || len(r.deny) == 0 {
			return nil, "", errors.New(r.engine + " was not measured on both cases")
		}
	}
	return rows, cpu, nil
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
