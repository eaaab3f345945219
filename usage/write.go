package usage

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Output is a form that a report is written in.
type Output string

// The outputs.
const (
	TableOutput Output = "table"
	HTMLOutput  Output = "html"
	CSVOutput   Output = "csv"
	JSONOutput  Output = "json"
	OSCALOutput Output = "oscal"
)

// Outputs lists them.
func Outputs() []Output {
	return []Output{TableOutput, HTMLOutput, CSVOutput, JSONOutput, OSCALOutput}
}

// ParseOutput finds an output by its name.
func ParseOutput(s string) (Output, error) {
	if !slices.Contains(Outputs(), Output(s)) {
		var names []string
		for _, o := range Outputs() {
			names = append(names, string(o))
		}
		return "", fmt.Errorf("there is no output %q: write %s", s, strings.Join(names, ", "))
	}
	return Output(s), nil
}

// ContentType is the media type of an output.
func (o Output) ContentType() string {
	switch o {
	case HTMLOutput:
		return "text/html; charset=utf-8"
	case CSVOutput:
		return "text/csv; charset=utf-8; header=present"
	case JSONOutput, OSCALOutput:
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}

// Write writes the report in one of the outputs.
func (v *View) Write(w io.Writer, o Output) error {
	switch o {
	case HTMLOutput:
		return v.WriteHTML(w)
	case CSVOutput:
		return v.WriteCSV(w)
	case JSONOutput:
		return v.WriteJSON(w)
	case OSCALOutput:
		return v.WriteOSCAL(w)
	}
	return v.WriteTable(w)
}
