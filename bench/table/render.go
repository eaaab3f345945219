package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// render writes the table, an engine a row in the order of the measurement.
func render(w io.Writer, rows []row, versions map[string]string) error {
	base := median(rows[slices.IndexFunc(rows, func(r row) bool { return r.engine == baseline })].allow)
	var b strings.Builder
	b.WriteString("| engine | allow, ns | deny, ns | × hand-written | B/op | allocs/op |\n|---|---:|---:|---:|---:|---:|\n")
	for _, r := range rows {
		name := r.engine
		if v := versions[name]; v != "" {
			name += " " + v
		}
		ratio := median(r.allow) / base
		digits := 0
		if ratio < 9.95 {
			digits = 1
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name, whole(median(r.allow)), whole(median(r.deny)),
			grouped(strconv.FormatFloat(ratio, 'f', digits, 64)), whole(median(r.bytes)), whole(median(r.allocs)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func whole(v float64) string { return grouped(strconv.FormatFloat(v, 'f', 0, 64)) }

// grouped puts commas between thousands.
func grouped(s string) string {
	digits, rest, point := strings.Cut(s, ".")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if point {
		return digits + "." + rest
	}
	return digits
}
