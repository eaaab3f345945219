package main

import (
	"strings"
	"testing"
)

const measured = `goos: linux
cpu: Example CPU
BenchmarkDecide/hand-written/allow-2  	100	 40.0 ns/op	 0 B/op	 0 allocs/op
BenchmarkDecide/hand-written/allow-2  	100	 42.0 ns/op	 0 B/op	 0 allocs/op
BenchmarkDecide/hand-written/allow-2  	100	 99.0 ns/op	 0 B/op	 0 allocs/op
BenchmarkDecide/hand-written/deny-2   	100	 44.4 ns/op	 0 B/op	 0 allocs/op
BenchmarkDecide/opa/allow-2           	100	 42000 ns/op	 9010 B/op	 191 allocs/op
BenchmarkDecide/opa/deny-2            	100	 39186 ns/op	 9000 B/op	 190 allocs/op
PASS
`

func TestTable(t *testing.T) {
	rows, cpu, err := parse(strings.NewReader(measured))
	if err != nil || cpu != "Example CPU" {
		t.Fatal(cpu, err)
	}
	var b strings.Builder
	if err := render(&b, rows, map[string]string{"opa": "1.22.2"}); err != nil {
		t.Fatal(err)
	}
	want := `| engine | allow, ns | deny, ns | × hand-written | B/op | allocs/op |
|---|---:|---:|---:|---:|---:|
| hand-written | 42 | 44 | 1.0 | 0 | 0 |
| opa 1.22.2 | 42,000 | 39,186 | 1,000 | 9,010 | 191 |
`
	if b.String() != want {
		t.Errorf("have\n%swant\n%s", b.String(), want)
	}
}

func TestTableWantsBothCases(t *testing.T) {
	for _, in := range []string{"", strings.Join(strings.Split(measured, "\n")[:5], "\n")} {
		if _, _, err := parse(strings.NewReader(in)); err == nil {
			t.Errorf("%q is taken for a measurement", in)
		}
	}
}
