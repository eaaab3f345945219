package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/work"
)

// modelFormat is the version of the JSON output.
const modelFormat = "proviso.dev/model/v1alpha1"

// modelView is one model as the tables and the JSON output show it.
type modelView struct {
	Name string     `json:"name"`
	Spec work.Model `json:"spec"`
	// Computed from the architecture; absent where it is not published.
	Computed *computedView `json:"computed,omitempty"`
}

type computedView struct {
	Parameters      int64 `json:"parameters"`
	Active          int64 `json:"active"`
	Layers          int64 `json:"layers"`
	KVBytesPerToken int64 `json:"kvBytesPerToken"`
}

func modelViews(all []catalog.Entry[work.Model]) []modelView {
	views := make([]modelView, 0, len(all))
	for _, e := range all {
		v := modelView{Name: e.Name, Spec: e.Spec}
		if m := &e.Spec; m.Described() {
			c := m.Count()
			v.Computed = &computedView{c.Total, c.Active, m.Depth(), int64(m.KVBytesPerToken(2))}
		}
		views = append(views, v)
	}
	return views
}

func writeModels(w io.Writer, output string, views []modelView, table func(io.Writer, []modelView) error) error {
	switch output {
	case "table":
		return table(w, views)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Format string      `json:"format"`
			Models []modelView `json:"models"`
		}{modelFormat, views})
	}
	return fmt.Errorf("output %q is not known: it is table or json", output)
}

func modelListTable(w io.Writer, views []modelView) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tDEVELOPER\tPARAMETERS\tACTIVE\tLAYERS\tCONTEXT\tKV (bytes/token)\tTOKENS")
	for _, v := range views {
		layers, kv, active := notKnown, notKnown, v.Spec.Active.String()
		if c := v.Computed; c != nil {
			layers, kv = strconv.FormatInt(c.Layers, 10), strconv.FormatInt(c.KVBytesPerToken, 10)
			if active == "" {
				active = "all"
			}
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", v.Name, v.Spec.Developer, v.Spec.Parameters, active, layers, v.Spec.Context, kv, dash(v.Spec.Tokens.String()))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nPublished sizes. KV: what a token adds to the cache of keys and values in bf16, computed. %s: not published (see show NAME).\n", notKnown)
	return err
}

func dash(s string) string {
	if s == "" {
		return notKnown
	}
	return s
}

func modelShowTable(w io.Writer, views []modelView) error {
	for _, v := range views {
		s := &v.Spec
		fmt.Fprintf(w, "%s: %s\n", v.Name, s.Description)
		if len(s.Aliases) > 0 {
			fmt.Fprintf(w, "made by %s, also called %s\n\n", s.Developer, strings.Join(s.Aliases, ", "))
		} else {
			fmt.Fprintf(w, "made by %s\n\n", s.Developer)
		}
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, "FIGURE\tPUBLISHED\tCOMPUTED")
		c := v.Computed
		if c == nil {
			fmt.Fprintf(tw, "parameters\t%s\t%s\n", s.Parameters, notKnown)
			fmt.Fprintf(tw, "active for each token\t%s\t%s\n", dash(s.Active.String()), notKnown)
		} else {
			fmt.Fprintf(tw, "parameters\t%s\t%d\n", s.Parameters, c.Parameters)
			fmt.Fprintf(tw, "active for each token\t%s\t%d\n", dash(s.Active.String()), c.Active)
			fmt.Fprintf(tw, "KV in bf16, bytes for each token\t\t%d\n", c.KVBytesPerToken)
			fmt.Fprintf(tw, "layers\t%d\t\n", c.Layers)
		}
		fmt.Fprintf(tw, "tokens of pretraining\t%s\t\n", dash(s.Tokens.String()))
		fmt.Fprintf(tw, "longest context\t%d\t\n", s.Context)
		if err := tw.Flush(); err != nil {
			return err
		}
		writeLayers(w, s)
		fmt.Fprintf(w, "\nsource: %s\n", s.Source)
		writeGaps(w, s.Gaps)
	}
	return nil
}

func writeLayers(w io.Writer, m *work.Model) {
	m.Each(func(n int64, a *work.Attention, f *work.FeedForward) {
		fmt.Fprintf(w, "\n%d layers: %s attention, %d heads of %d", n, a.Kind, a.Heads, a.HeadDim)
		if a.KeyHeads() != a.Heads {
			fmt.Fprintf(w, ", %d for keys and values", a.KeyHeads())
		}
		if a.KVRank > 0 {
			fmt.Fprintf(w, ", cache of rank %d + %d", a.KVRank, a.RopeDim)
		}
		if a.Window > 0 {
			fmt.Fprintf(w, ", the last %d tokens", a.Window)
		}
		if a.Compression > 0 {
			fmt.Fprintf(w, ", one entry for %d tokens", a.Compression)
		}
		if a.Index != nil {
			fmt.Fprintf(w, ", an index picks %d", a.Index.TopK)
		}
		if f.Hidden > 0 {
			fmt.Fprintf(w, "; %s, width %d", f.Kind, f.Hidden)
		}
		if e := f.Experts; e != nil {
			fmt.Fprintf(w, "; %d of %d experts of width %d", e.TopK, e.Routed, e.Hidden)
			if e.Shared > 0 {
				fmt.Fprintf(w, " and %d shared", e.Shared)
			}
		}
	})
	fmt.Fprintln(w)
}
