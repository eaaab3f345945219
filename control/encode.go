package control

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/proviso-dev/proviso/ledger"
)

// Encode gives the canonical body of a fact with its outcome.
func Encode(f Fact) ([]byte, error) { return appendBody(nil, f) }

// appendBody appends the canonical body of a fact with its outcome. The common
// kinds are written out by hand: control planes and audits encode every entry.
func appendBody(b []byte, f Fact) ([]byte, error) {
	switch f := f.(type) {
	case *Submit:
		return f.append(slices.Grow(b, 1024)), nil
	case *End:
		o := begin(slices.Grow(b, 256))
		o.text("by", f.By)
		o.text("job", f.Job)
		o.outcome(&f.Outcome)
		return o.end(), nil
	case *Tick:
		o := begin(slices.Grow(b, 256))
		o.text("by", f.By)
		o.outcome(&f.Outcome)
		return o.end(), nil
	}
	body, err := ledger.Canonical(f)
	return append(b, body...), err
}

func (f *Submit) append(b []byte) []byte {
	o := begin(b)
	o.list("accelerators", f.Accelerators)
	o.text("booking", f.Booking)
	o.text("by", f.By)
	o.text("checkpoint", f.Checkpoint)
	o.text("endUser", f.EndUser)
	o.text("expected", f.Expected)
	o.text("holder", f.Holder)
	o.text("idempotency", f.Idempotency)
	o.text("kind", f.JobKind)
	o.must("limit", f.Limit)
	o.must("max", f.Max)
	o.must("min", f.Min)
	o.text("model", f.Model)
	o.text("name", f.Name)
	o.outcome(&f.Outcome)
	o.text("priority", f.Priority)
	o.text("purpose", f.Purpose)
	o.list("sites", f.Sites)
	o.text("tenant", f.Tenant)
	return o.end()
}

// object writes a JSON object whose members are given in order.
type object struct {
	b     []byte
	first int
}

func begin(b []byte) object { return object{append(b, '{'), len(b) + 1} }

func (o *object) end() []byte { return append(o.b, '}') }

func (o *object) key(k string) {
	if len(o.b) > o.first {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), k...), '"', ':')
}

// text writes a member, unless it is empty.
func (o *object) text(k, v string) {
	if v != "" {
		o.must(k, v)
	}
}

// must writes a member that is always there.
func (o *object) must(k, v string) {
	o.key(k)
	o.b = appendText(o.b, v)
}

func (o *object) list(k string, list []string) {
	if len(list) == 0 {
		return
	}
	o.key(k)
	o.b = append(o.b, '[')
	for i, v := range list {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = appendText(o.b, v)
	}
	o.b = append(o.b, ']')
}

// appendText writes a JSON string. Text that is not UTF-8 was refused before.
func appendText(b []byte, v string) []byte {
	for i := range len(v) {
		if c := v[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			b, _ = jsontext.AppendQuote(b, v)
			return b
		}
	}
	return append(append(append(b, '"'), v...), '"')
}

func (o *object) outcome(x *Outcome) {
	if len(x.Effects) == 0 && x.Booking == "" && x.Job == "" && x.Verdict == nil {
		return
	}
	o.key("outcome")
	p := begin(o.b)
	p.text("booking", x.Booking)
	if len(x.Effects) > 0 {
		p.key("effects")
		p.b = append(p.b, '[')
		for i := range x.Effects {
			if i > 0 {
				p.b = append(p.b, ',')
			}
			p.b = x.Effects[i].append(p.b)
		}
		p.b = append(p.b, ']')
	}
	p.text("job", x.Job)
	if x.Verdict != nil {
		p.key("verdict")
		p.b = x.Verdict.append(p.b)
	}
	o.b = p.end()
}

func (e *Effect) append(b []byte) []byte {
	o := begin(b)
	o.text("at", e.At)
	o.text("by", e.By)
	o.text("devices", e.Devices)
	o.must("do", string(e.Do))
	o.text("end", e.End)
	o.text("hash", e.Hash)
	o.text("job", e.Job)
	o.text("lot", e.Lot)
	if len(e.Parts) > 0 {
		o.key("parts")
		o.b = append(o.b, '[')
		for i := range e.Parts {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			p := begin(o.b)
			p.must("accelerator", e.Parts[i].Accelerator)
			p.must("devices", e.Parts[i].Devices)
			p.must("lot", e.Parts[i].Lot)
			p.must("site", e.Parts[i].Site)
			o.b = p.end()
		}
		o.b = append(o.b, ']')
	}
	o.text("permit", e.Permit)
	o.text("version", e.Version)
	return o.end()
}

func (v *Verdict) append(b []byte) []byte {
	o := begin(b)
	o.text("again", v.Again)
	if len(v.Because) > 0 {
		o.key("because")
		o.b = append(o.b, '[')
		for i := range v.Because {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.b = v.Because[i].append(o.b)
		}
		o.b = append(o.b, ']')
	}
	o.text("cut", v.Cut)
	o.text("devices", v.Devices)
	o.text("hash", v.Hash)
	o.text("missing", v.Missing)
	o.must("outcome", v.Outcome)
	return o.end()
}

func (r *Reason) append(b []byte) []byte {
	o := begin(b)
	o.text("ask", r.Ask)
	o.text("bound", r.Bound)
	o.must("clause", r.Clause)
	o.text("first", r.First)
	o.must("form", r.Form)
	o.text("largest", r.Largest)
	o.must("outcome", r.Outcome)
	o.text("value", r.Value)
	return o.end()
}

// decimal writes a figure as bodies have it.
func decimal[T ~int | ~int32 | ~int64](v T) string { return strconv.FormatInt(int64(v), 10) }
