package permittest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Format is the version of a report written as JSON.
const Format = "proviso.dev/test/v1alpha1"

// Table writes the failures and a tally, with cover what no case made fail.
func (r *Report) Table(w io.Writer, cover bool) {
	for i := range r.Cases {
		c := &r.Cases[i]
		if len(c.Failures) == 0 {
			continue
		}
		fmt.Fprintf(w, "FAIL  %s: %s\n", c.Test, c.Case)
		for _, f := range c.Failures {
			fmt.Fprintf(w, "      %s\n", f)
		}
	}
	fmt.Fprintf(w, "%d cases, %d passed, %d failed\n", len(r.Cases), len(r.Cases)-r.Failed(), r.Failed())
	if !cover {
		return
	}
	var never []string
	for _, c := range r.Clauses {
		if c.Failed == 0 {
			never = append(never, c.Clause)
		}
	}
	fmt.Fprintf(w, "%d of %d conditions were made to fail\n", len(r.Clauses)-len(never), len(r.Clauses))
	for _, n := range never {
		fmt.Fprintf(w, "  no case makes %s fail\n", n)
	}
}

// TAP writes the Test Anything Protocol, version 14.
func (r *Report) TAP(w io.Writer) {
	fmt.Fprintf(w, "TAP version 14\n1..%d\n", len(r.Cases))
	for i := range r.Cases {
		c := &r.Cases[i]
		ok := "ok"
		if len(c.Failures) > 0 {
			ok = "not ok"
		}
		fmt.Fprintf(w, "%s %d - %s: %s\n", ok, i+1, escape(c.Test), escape(c.Case))
		for _, f := range c.Failures {
			fmt.Fprintf(w, "# %s\n", f)
		}
	}
}

// escape guards what TAP reads as a directive.
func escape(s string) string { return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(s) }

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Suites   []*suite `xml:"testsuite"`
}

type suite struct {
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Cases    []result `xml:"testcase"`
}

type result struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	Failure *failure `xml:"failure,omitempty"`
}

type failure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the XML that build servers read: a suite for each test.
func (r *Report) JUnit(w io.Writer) error {
	all := suites{Tests: len(r.Cases), Failures: r.Failed()}
	for i := range r.Cases {
		c := &r.Cases[i]
		if i == 0 || r.Cases[i-1].Test != c.Test || r.Cases[i-1].File != c.File {
			all.Suites = append(all.Suites, &suite{Name: c.Test})
		}
		s := all.Suites[len(all.Suites)-1]
		x := result{Name: c.Case, Class: c.File}
		s.Tests++
		if len(c.Failures) > 0 {
			s.Failures++
			x.Failure = &failure{c.Failures[0], strings.Join(c.Failures, "\n")}
		}
		s.Cases = append(s.Cases, x)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// JSON writes the report with its format's version.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Format string `json:"format"`
		Passed int    `json:"passed"`
		Failed int    `json:"failed"`
		*Report
	}{Format, len(r.Cases) - r.Failed(), r.Failed(), r})
}
