package measurement

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/yield"
)

//go:embed published.csv
var publishedCSV []byte

// Published gives the measurements that ship with the program: a few of each
// class, each with the public file that it stands in.
func Published() ([]Row, error) { return ReadTable(bytes.NewReader(publishedCSV), "published.csv") }

// column is one column of the table: its name and how a row has it.
type column struct {
	name string
	get  func(*Row) string
	set  func(*Row, string) error
}

func text(name string, at func(*Row) *string) column {
	return column{name, func(r *Row) string { return *at(r) }, func(r *Row, s string) error { *at(r) = s; return nil }}
}

func whole(name string, at func(*Row) *int) column {
	return column{name, func(r *Row) string { return strconv.Itoa(*at(r)) }, func(r *Row, s string) (err error) {
		*at(r), err = strconv.Atoi(s)
		return err
	}}
}

func decimal(name string, at func(*Row) *float64) column {
	return column{name, func(r *Row) string { return strconv.FormatFloat(*at(r), 'g', 6, 64) }, func(r *Row, s string) (err error) {
		*at(r), err = strconv.ParseFloat(s, 64)
		return err
	}}
}

func yes(name string, at func(*Row) *bool) column {
	return column{name, func(r *Row) string {
		if *at(r) {
			return "yes"
		}
		return ""
	}, func(r *Row, s string) error {
		*at(r) = s == "yes"
		if s != "" && s != "yes" {
			return fmt.Errorf("%q is neither yes nor empty", s)
		}
		return nil
	}}
}

func format(name string, at func(*Row) *fleet.Precision) column {
	return column{name, func(r *Row) string { return string(*at(r)) }, func(r *Row, s string) error { *at(r) = fleet.Precision(s); return nil }}
}

// columns are those of the table, in order.
var columns = []column{
	text("kind", func(r *Row) *string { return &r.Kind }),
	text("accelerator", func(r *Row) *string { return &r.Accelerator }),
	text("model", func(r *Row) *string { return &r.Model }),
	text("precision", func(r *Row) *string { return &r.Precision }),
	format("weights", func(r *Row) *fleet.Precision { return &r.Formats.Weights }),
	format("experts", func(r *Row) *fleet.Precision { return &r.Formats.Experts }),
	format("kv", func(r *Row) *fleet.Precision { return &r.Formats.KV }),
	format("activations", func(r *Row) *fleet.Precision { return &r.Formats.Activations }),
	text("engine", func(r *Row) *string { return (*string)(&r.Engine) }),
	whole("devices", func(r *Row) *int { return &r.Devices }),
	whole("tensor", func(r *Row) *int { return &r.Tensor }),
	whole("expert", func(r *Row) *int { return &r.Expert }),
	whole("copies", func(r *Row) *int { return &r.Copies }),
	whole("prefill", func(r *Row) *int { return &r.Prefill }),
	whole("pipeline", func(r *Row) *int { return &r.Pipeline }),
	whole("context", func(r *Row) *int { return &r.ContextParallel }),
	decimal("input", func(r *Row) *float64 { return &r.Input }),
	decimal("output", func(r *Row) *float64 { return &r.Output }),
	decimal("concurrency", func(r *Row) *float64 { return &r.Concurrency }),
	yes("waves", func(r *Row) *bool { return &r.Waves }),
	yes("speculative", func(r *Row) *bool { return &r.Speculative }),
	whole("poll", func(r *Row) *int { return &r.Poll }),
	yes("serial", func(r *Row) *bool { return &r.Serial }),
	yes("steps", func(r *Row) *bool { return &r.StepsAlone }),
	yes("early", func(r *Row) *bool { return &r.Early }),
	yes("recompute", func(r *Row) *bool { return &r.Recompute }),
	text("metric", func(r *Row) *string { return (*string)(&r.Metric) }),
	decimal("value", func(r *Row) *float64 { return &r.Value }),
	text("source", func(r *Row) *string { return &r.Source }),
}

// WriteTable writes rows with the table's columns.
func WriteTable(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = c.name
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for i := range rows {
		for k, c := range columns {
			line[k] = c.get(&rows[i])
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ReadTable reads what WriteTable writes; name is for errors.
func ReadTable(r io.Reader, name string) ([]Row, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = len(columns)
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, c := range columns {
		if head[i] != c.name {
			return nil, fmt.Errorf("%s:1:1: column %d is %q, must be %q", name, i+1, head[i], c.name)
		}
	}
	var rows []Row
	for {
		line, err := in.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var row Row
		for i, c := range columns {
			if err := c.set(&row, line[i]); err != nil {
				n, at := in.FieldPos(i)
				return nil, fmt.Errorf("%s:%d:%d: %s: %w", name, n, at, c.name, err)
			}
		}
		if row.Engine != "" && row.Engine != yield.VLLM && row.Engine != yield.SGLang && row.Engine != yield.TRTLLM {
			n, at := in.FieldPos(8)
			return nil, fmt.Errorf("%s:%d:%d: engine %q is not known", name, n, at, row.Engine)
		}
		rows = append(rows, row)
	}
}
