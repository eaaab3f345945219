package trace

import (
	"bytes"
	"fmt"
	"strings"
)

// Format is a form in which jobs are recorded.
type Format string

// The formats that can be read.
const (
	Slurm  Format = "slurm"  // sacct --parsable2
	Philly Format = "philly" // timestamp,duration,num_gpus,gpu_time,cluster
	Openb  Format = "openb"  // the pod list of Alibaba's cluster-trace-gpu-v2023
	CSV    Format = "csv"    // submit,duration,limit,devices,end_user,purpose[,tenant,id]
)

// Enum lists the formats.
func (Format) Enum() []string {
	return []string{string(Slurm), string(Philly), string(Openb), string(CSV)}
}

// column is a column that a format reads, by the names that it may have; the
// first name that the header holds counts.
type column struct {
	names    []string
	required bool
}

// layout is how one format is read: its columns, in the order of the constants
// of its file, and what a row means.
type layout struct {
	format  Format
	noun    string // what the format calls a row
	sep     byte
	columns []column
	quotes  bool // fields may be quoted as in RFC 4180
	strict  bool // further columns are faults
	local   bool // times are recorded without a zone
	row     func(p *parser)
}

// maxColumns bounds the columns that a layout names.
const maxColumns = 12

var layouts = []*layout{&slurmLayout, &phillyLayout, &openbLayout, &csvLayout}

// bind finds the layout's columns in a header. It gives the index of each
// column, -1 where it is absent, and the required names that are missing.
func (l *layout) bind(header [][]byte) (at [maxColumns]int, missing []string) {
	for i := range at {
		at[i] = -1
	}
	for i, c := range l.columns {
		for _, name := range c.names {
			for k, h := range header {
				if at[i] < 0 && strings.EqualFold(string(bytes.TrimSpace(h)), name) {
					at[i] = k
				}
			}
		}
		if at[i] < 0 && c.required {
			missing = append(missing, c.names[0])
		}
	}
	return at, missing
}

// unknown gives the first header name that the layout does not know.
func (l *layout) unknown(header [][]byte) (int, bool) {
next:
	for k, h := range header {
		for _, c := range l.columns {
			for _, name := range c.names {
				if strings.EqualFold(string(bytes.TrimSpace(h)), name) {
					continue next
				}
			}
		}
		return k, true
	}
	return 0, false
}

// names lists the columns for messages, optional ones in brackets.
func (l *layout) names() string {
	all := make([]string, len(l.columns))
	for i, c := range l.columns {
		if all[i] = c.names[0]; !c.required {
			all[i] = "[" + all[i] + "]"
		}
	}
	return strings.Join(all, string(l.sep))
}

// detect finds the layout of a header line, or the one that the mapping names.
func detect(line []byte, named Format) (*layout, [maxColumns]int, error) {
	for _, l := range layouts {
		if named != "" && l.format != named {
			continue
		}
		at, missing := l.bind(bytes.Split(line, []byte{l.sep}))
		if len(missing) == 0 {
			return l, at, nil
		}
		if named != "" {
			return nil, at, fmt.Errorf("the header of a %s trace lacks %s: it reads %s", named, strings.Join(missing, ", "), l.names())
		}
	}
	var b strings.Builder
	b.WriteString("the header line is that of no known format; known are")
	for _, l := range layouts {
		fmt.Fprintf(&b, "\n  %s: %s", l.format, l.names())
	}
	return nil, [maxColumns]int{}, fmt.Errorf("%s", b.String())
}
