package catalog

import (
	"slices"

	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// holding checks a share of what is held: it has no window and is judged
// whenever devices come, move or go.
func (s *scope) holding(path string, h *permit.Share) {
	s.bounds(path, h)
	s.amount(path+".minBase", h.MinBase, quantity.Count)
	if h.Judged != "always" || !s.doc.Has(path+".minBase") {
		s.hint("write judged: always and minBase", path, "what is held is judged always, once the whole exceeds minBase")
	}
	if h.Assurance != "" && h.Assurance != permit.Certain {
		s.fail(path+".assurance", "what is held is known: a share of it is certain")
	}
	for _, f := range []string{"over", "allowance", "base", "pool"} {
		if s.doc.Has(path + "." + f) {
			s.fail(path+"."+f, "a share of what is held has no %s", f)
		}
	}
	if h.Each != "" && !slices.Contains([]permit.Per{"country", "site"}, h.Each) {
		s.hint("write country or site", path+".each", "what is held has no %s", h.Each)
	}
	if h.Each != "" && h.AtLeast != nil {
		s.fail(path+".each", "a floor for each %s could never be met: devices stand at one of them", h.Each)
	}
}

// notice checks a duty to give notice before something.
func (s *scope) notice(path string, d *permit.Duty) {
	if d.Before == "" || d.Notice == 0 {
		s.hint("write before: transfer and notice: 60d", path, "a notice has both before and notice")
	}
	for _, f := range []string{"every", "dueWithin"} {
		if s.doc.Has(path + "." + f) {
			s.fail(path+"."+f, "belongs to a report after each window, not to a notice")
		}
	}
	if d.OnMiss != "" && d.OnMiss != permit.Hold {
		s.hint("write hold", path+".onMiss", "what lacks its notice does not happen, so there is nothing to %s", d.OnMiss)
	}
}
