package main

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
)

// BLIS prints metrics of each copy and, last, of all: those count.
func TestReadTakesTheCluster(t *testing.T) {
	const said = `=== Simulation Metrics ===
{"instance_id": "instance_0", "completed_requests": 500, "ttft_mean_ms": 1}
=== Simulation Metrics ===
{"instance_id": "cluster", "completed_requests": 2000, "ttft_mean_ms": 30.5, "ttft_p99_ms": 35, "itl_mean_ms": 8.6, "itl_p99_ms": 11.6}
`
	var a answer
	if err := a.read(said); err != nil || a.Served != 2000 || a.TTFT != 30.5 || a.TPOT99 != 11.6 {
		t.Errorf("read %+v, %v", a, err)
	}
	if err := a.read(`{"instance_id": "instance_0"}`); err == nil || !strings.Contains(err.Error(), "called cluster") {
		t.Errorf("without the cluster: %v", err)
	}
}

// Both simulators get the same requests.
func TestTraceHasTheRequests(t *testing.T) {
	l := workloads[0]
	lines, err := csv.NewReader(bytes.NewReader(l.trace())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	requests := l.requests()
	if len(lines) != len(requests)+1 {
		t.Fatalf("%d lines for %d requests", len(lines), len(requests))
	}
	for i, q := range requests {
		line := lines[i+1]
		if line[9] != strconv.Itoa(int(q.Input)) || line[10] != strconv.Itoa(int(q.Output)) || line[19] != strconv.FormatInt(int64(q.At*1e6), 10) {
			t.Fatalf("request %d is %+v, its line %v", i, q, line)
		}
	}
}

func TestSimulateAnswers(t *testing.T) {
	var out bytes.Buffer
	if err := simulate(&out, `{"Model":"llama-3.1-8b","Device":"h100-sxm","Tensor":1,"Copies":2,"Requests":50,"PerSecond":5}`); err != nil || !strings.Contains(out.String(), `"Served":50`) {
		t.Errorf("%s (%v)", out.String(), err)
	}
}
