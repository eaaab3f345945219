package usage

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
)

// oscalVersion is the version of NIST's Open Security Controls Assessment
// Language (OSCAL) that reports are written in.
const oscalVersion = "1.1.3"

// oscalNamespace is that of the properties that OSCAL itself does not name.
const oscalNamespace = "https://proviso.dev/ns/usage"

// The parts of OSCAL's assessment results that reports use. A condition is a
// control, what was measured of it an observation, whether it was kept a finding.
type (
	oscalDocument struct {
		Results oscalResults `json:"assessment-results"`
	}
	oscalResults struct {
		UUID     string        `json:"uuid"`
		Metadata oscalMetadata `json:"metadata"`
		ImportAP oscalHref     `json:"import-ap"`
		Results  []oscalResult `json:"results"`
		Back     oscalBack     `json:"back-matter"`
	}
	oscalMetadata struct {
		Title    string      `json:"title"`
		Modified time.Time   `json:"last-modified"`
		Version  string      `json:"version"`
		OSCAL    string      `json:"oscal-version"`
		Props    []oscalProp `json:"props,omitempty"`
	}
	oscalHref struct {
		Href string `json:"href"`
	}
	oscalProp struct {
		Name  string `json:"name"`
		NS    string `json:"ns"`
		Value string `json:"value"`
	}
	oscalResult struct {
		UUID         string             `json:"uuid"`
		Title        string             `json:"title"`
		Description  string             `json:"description"`
		Start        time.Time          `json:"start"`
		End          time.Time          `json:"end"`
		Props        []oscalProp        `json:"props,omitempty"`
		Reviewed     oscalReviewed      `json:"reviewed-controls"`
		Observations []oscalObservation `json:"observations,omitempty"`
		Findings     []oscalFinding     `json:"findings,omitempty"`
		Remarks      string             `json:"remarks,omitempty"`
	}
	oscalReviewed struct {
		Selections []oscalSelection `json:"control-selections"`
	}
	oscalSelection struct {
		All     *struct{}      `json:"include-all,omitempty"`
		Include []oscalControl `json:"include-controls,omitempty"`
	}
	oscalControl struct {
		ID string `json:"control-id"`
	}
	oscalObservation struct {
		UUID        string          `json:"uuid"`
		Title       string          `json:"title"`
		Description string          `json:"description"`
		Props       []oscalProp     `json:"props,omitempty"`
		Methods     []string        `json:"methods"`
		Collected   time.Time       `json:"collected"`
		Evidence    []oscalEvidence `json:"relevant-evidence,omitempty"`
	}
	oscalEvidence struct {
		Href        string `json:"href"`
		Description string `json:"description"`
	}
	oscalFinding struct {
		UUID        string         `json:"uuid"`
		Title       string         `json:"title"`
		Description string         `json:"description"`
		Target      oscalTarget    `json:"target"`
		Related     []oscalRelated `json:"related-observations,omitempty"`
	}
	oscalTarget struct {
		Type   string      `json:"type"`
		ID     string      `json:"target-id"`
		Status oscalStatus `json:"status"`
	}
	oscalStatus struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	}
	oscalRelated struct {
		UUID string `json:"observation-uuid"`
	}
	oscalBack struct {
		Resources []oscalResource `json:"resources"`
	}
	oscalResource struct {
		UUID        string `json:"uuid"`
		Title       string `json:"title"`
		Description string `json:"description"`
	}
)

// WriteOSCAL writes the report as OSCAL assessment results in JSON. The same
// report has the same identifiers: they follow from its hash.
func (v *View) WriteOSCAL(w io.Writer) error {
	hash, err := v.SHA256()
	if err != nil {
		return err
	}
	id := func(of ...string) string {
		return uuid.NewSHA1(uuid.NameSpaceURL, []byte(oscalNamespace+"/"+hash+"/"+strings.Join(of, "/"))).String()
	}
	plan, ledger := id("permit"), id("ledger")
	r := oscalResult{
		UUID: id("result"), Title: "Use in " + v.Window.Name, Description: strings.Join(v.answer(), " "), Start: v.Window.From, End: v.Window.Measured,
		Props: props("window", v.Window.Name, "until", stamp(v.Window.Until), "over", fmt.Sprint(v.Window.Over)), Remarks: strings.Join(v.Notes, "\n"),
	}
	observe := func(name, title, says string, p []oscalProp, e Entries) string {
		o := oscalObservation{UUID: id("observation", name), Title: title, Description: says, Props: p, Methods: []string{"EXAMINE"}, Collected: v.Ledger.At}
		if len(e) > 0 {
			o.Evidence = []oscalEvidence{{Href: "#" + ledger, Description: "Entries " + e.String() + " of the ledger."}}
		}
		r.Observations = append(r.Observations, o)
		return o.UUID
	}
	figure := func(name, title string, f Figure) {
		observe(name, title, fmt.Sprintf("%s device-hours and %s kWh by %s.", Hours(f.DeviceMS), KWh(f.EnergyMJ), count(int(f.Jobs), "job", "jobs")),
			props("device-ms", f.DeviceMS.String(), "energy-mj", f.EnergyMJ.String(), "jobs", fmt.Sprint(int64(f.Jobs))), f.Entries)
	}
	figure("total", "All use", v.Total)
	for i := range v.By {
		s := &v.By[i]
		for k := range s.Rows {
			x := &s.Rows[k]
			figure(fmt.Sprint("by/", s.By, "/", x.Key, "/", x.Sealed), "Use by "+s.title()+": "+x.keyOf(), x.Figure)
		}
	}
	for _, d := range v.Devices {
		observe("devices/"+d.Accelerator, "Devices under the permit: "+d.Accelerator, fmt.Sprintf("%s granted, %s delivered in the window, %s held.", number(d.Granted), number(d.Delivered), number(d.Held)),
			props("granted", fmt.Sprint(int64(d.Granted)), "delivered", fmt.Sprint(int64(d.Delivered)), "held", fmt.Sprint(int64(d.Held)), "in-service-ms", d.InServiceMS.String(), "used-ms", d.UsedMS.String()), d.Entries)
	}
	for i := range v.Conditions {
		c := &v.Conditions[i]
		r.Reviewed.control(token(c.Name))
		f := oscalFinding{
			UUID: id("finding", c.Name), Title: c.Name, Description: cmp.Or(c.Says, c.Name),
			Target: oscalTarget{Type: "objective-id", ID: token(c.Name), Status: oscalStatus{State: "satisfied", Reason: "pass"}},
		}
		for n, l := range c.observations() {
			f.Related = append(f.Related, oscalRelated{observe(fmt.Sprint("condition/", c.Name, "/", n), c.Name+": "+l.title, l.says, l.props, l.entries)})
		}
		switch c.Kept {
		case No:
			f.Target.Status = oscalStatus{State: "not-satisfied", Reason: "fail"}
		case Yes:
		default:
			continue // neither yet: OSCAL has no word for it, the observations say it
		}
		r.Findings = append(r.Findings, f)
	}
	if len(v.Conditions) == 0 {
		r.Reviewed.Selections = []oscalSelection{{All: &struct{}{}}}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(oscalDocument{oscalResults{
		UUID: id(),
		Metadata: oscalMetadata{
			Title: fmt.Sprintf("Use of permit %s in %s", v.Permit.Name, v.Window.Name), Modified: v.Ledger.At, Version: v.Permit.Version, OSCAL: oscalVersion,
			Props: props("report-format", v.Format, "report-sha256", hash, "holder", v.Permit.Holder, "time-zone", v.Permit.Zone, "permit-state", v.Permit.State, "permit-spec", v.Permit.Spec),
		},
		ImportAP: oscalHref{"#" + plan},
		Results:  []oscalResult{r},
		Back: oscalBack{[]oscalResource{
			{plan, "Permit " + v.Permit.Name, fmt.Sprintf("Version %s, held by %s. Its conditions are the controls, by name.", v.Permit.Version, v.Permit.Holder)},
			{ledger, "Ledger " + v.Ledger.Log, fmt.Sprintf("The first %s entries of the log.", number(v.Ledger.Size))},
		}},
	}})
}

func (r *oscalReviewed) control(id string) {
	if len(r.Selections) == 0 {
		r.Selections = []oscalSelection{{}}
	}
	r.Selections[0].Include = append(r.Selections[0].Include, oscalControl{id})
}

// props makes properties of names and values; those without a value are left out.
func props(pairs ...string) []oscalProp {
	var out []oscalProp
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, oscalProp{pairs[i], oscalNamespace, pairs[i+1]})
		}
	}
	return out
}

// token makes a name one that OSCAL takes: it begins with a letter or a low line.
func token(name string) string {
	if c := name[0]; c >= '0' && c <= '9' || c == '-' {
		return "_" + name
	}
	return name
}

// oscalLine is one observation on a condition.
type oscalLine struct {
	title, says string
	props       []oscalProp
	entries     Entries
}

// observations are what was measured of a condition, at least one line.
func (c *Condition) observations() []oscalLine {
	var out []oscalLine
	add := func(title, says string, e Entries, pairs ...string) {
		out = append(out, oscalLine{title, says, props(pairs...), e})
	}
	one := func(n *Number) Entries {
		if n == nil {
			return nil
		}
		return Entries{{int64(*n), int64(*n)}}
	}
	add("kept", "Kept: "+string(c.Kept)+".", nil, "form", c.Form, "kept", string(c.Kept), "basis", c.Basis, "regime", c.Regime, "source", c.Source)
	for i := range c.Measures {
		m := &c.Measures[i]
		says := fmt.Sprintf("%s, %s; room %s; kept: %s.", amount(m.Value, m.Unit), m.boundText(), amount(m.Room, m.Unit), m.Kept)
		add(date(m.From)+" to "+date(m.Until), says, m.Entries, "from", stamp(m.From), "until", stamp(m.Until), "measured", stamp(m.Measured), "key", m.Key, "measure", m.What, "unit", m.Unit,
			"value", m.Value.String(), "whole", optional(m.Whole), "bound", m.Bound.String(), "at-least", map[bool]string{true: "true"}[m.AtLeast], "room", m.Room.String(),
			"lapsed", optional(m.Lapsed), "undisclosed", optional(m.Sealed), "kept", string(m.Kept))
	}
	for _, d := range c.Duties {
		add("duty up to "+date(d.Window), fmt.Sprintf("Due %s: %s.", date(d.Due), d.State), one(d.Entry), "window", stamp(d.Window), "due", stamp(d.Due), "state", d.State, "filed", stamp(d.Filed), "sha256", d.SHA256)
	}
	for _, e := range c.Evidence {
		add("evidence of "+e.Kind+" about "+e.About, e.says()+".", one(e.Entry), "about", e.About, "state", e.State, "shown", stamp(e.Shown), "until", stamp(e.Until), "sha256", e.SHA256)
	}
	for _, a := range c.Approvals {
		add("approval of job "+a.Job, "By "+a.By+" on "+date(a.At)+".", one(&a.Entry), "job", a.Job, "by", a.By, "at", stamp(a.At))
	}
	for _, n := range c.Notices {
		add("notice of "+date(n.At), n.says()+".", one(&n.Entry), "lot", n.Lot, "site", n.Site, "at", stamp(n.At), "leave", stamp(n.Leave))
	}
	for _, l := range c.Lapses {
		add("lapse on "+date(l.At), amount(l.Lost, l.Unit)+" of "+l.Limit+" lost.", nil, "limit", l.Limit, "key", l.Key, "lost", l.Lost.String(), "unit", l.Unit)
	}
	for _, b := range c.Breaches {
		add("breach on "+date(b.At), "The ledger records a breach.", one(&b.Entry), "at", stamp(b.At))
	}
	for i := range c.Refusals {
		r := &c.Refusals[i]
		add("refusals", r.says()+".", r.Entries, "of", r.Of, "outcome", r.Outcome, "times", fmt.Sprint(int64(r.Times)))
	}
	return out
}
