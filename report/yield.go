package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/proviso-dev/proviso/plan"
)

// yieldNote says what the table of predictions holds.
const yieldNote = "In brackets 80 % intervals. Tokens are those trained on, or of answers; energy and price are those of a device's share of a token. " +
	"Validated: the product was measured with such a model; prior: it was not, and the interval is twice as wide. -: not published, or no price given."

// significant writes three digits, without an exponent.
func significant(v float64) string {
	x, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		x = v
	}
	if x >= 1000 {
		return thousands(int64(x))
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// around writes a middle case with its interval.
func around(v *[3]float64) (middle, interval string) {
	if v == nil || v[1] == 0 {
		return "-", ""
	}
	return significant(v[1]), fmt.Sprintf("[%s–%s]", significant(v[0]), significant(v[2]))
}

// yieldColumns are the heads of the table.
var yieldColumns = []string{"Phase", "Product", "Devices", "Tokens/s of a device", "Days", "TPOT, ms", "Watts", "J/token", "Price/M tokens", "Basis"}

// yieldCells are one line of the table: of each cell the text and its detail.
func yieldCells(y *plan.Yield) [][2]string {
	basis := "prior"
	if y.Validated {
		basis = "validated"
	}
	cells := [][2]string{{y.Phase, y.Model + ", " + y.Kind}, {y.Product, ""}, {thousands(y.Devices), ""}}
	for _, v := range []*[3]float64{&y.Rate, y.Days, y.TPOT, &y.Watts, y.PerToken, y.PerMillion} {
		middle, interval := around(v)
		cells = append(cells, [2]string{middle, interval})
	}
	return append(cells, [2]string{basis, ""})
}

func textYield(w io.Writer, r *plan.Result) {
	if len(r.Yield) == 0 {
		return
	}
	fmt.Fprintf(w, "\nWhat devices give the phases, as predicted\n")
	rows := [][]string{{"phase", "product", ">devices", "tokens/s of a device", "days", "TPOT, ms", "watts", "J/token", "price/M tokens", "basis"}}
	last := ""
	for i := range r.Yield {
		var row []string
		for _, c := range yieldCells(&r.Yield[i]) {
			row = append(row, c[0])
		}
		for k, c := range yieldCells(&r.Yield[i]) {
			if k > 2 && c[1] != "" {
				row[k] += " " + c[1]
			}
		}
		if row[0] == last {
			row[0] = ""
		} else {
			last = row[0]
		}
		rows = append(rows, row)
	}
	printTable(w, "  ", rows)
	fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(wrap(yieldNote, 130), "\n", "\n  "))
}

func pageYield(r *plan.Result) *Section {
	if len(r.Yield) == 0 {
		return nil
	}
	t := Table{Note: yieldNote}
	for i, c := range yieldColumns {
		t.Columns = append(t.Columns, Column{Title: c, Number: i >= 2 && i < len(yieldColumns)-1})
	}
	for i := range r.Yield {
		var row []Cell
		for _, c := range yieldCells(&r.Yield[i]) {
			row = append(row, Cell{Text: c[0], Detail: c[1]})
		}
		t.Rows = append(t.Rows, row)
	}
	return &Section{ID: "yield", Title: "What does each product give?", Tables: []Table{t},
		Text: []string{"What the new devices give against what the holder has: time of training and of post-training, latency, energy and price, predicted for each phase's model on each product that it can run on."}}
}
