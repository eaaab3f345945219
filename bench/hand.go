package bench

import "slices"

// hand is the decision written by hand: what a fixed set of conditions costs
// when nothing is configurable. It is the measure for the others.
type hand struct {
	terms  Terms
	listed map[string]struct{}
}

func newHand(t Terms) *hand {
	h := &hand{terms: t, listed: make(map[string]struct{}, len(t.Listed))}
	for _, u := range t.Listed {
		h.listed[u] = struct{}{}
	}
	return h
}

// failed gives all conditions that fail, as bits; 0 admits.
func (h *hand) failed(r *Request) (bits int) {
	if !slices.Contains(h.terms.Sites, r.Site) {
		bits |= FailSite
	}
	if !slices.Contains(h.terms.Purposes, r.Purpose) {
		bits |= FailPurpose
	}
	if _, found := h.listed[r.EndUser]; found {
		bits |= FailEndUser
	}
	if r.Used+r.Hours > h.terms.Quota {
		bits |= FailQuota
	}
	if r.Now < h.terms.From || r.Now >= h.terms.Until {
		bits |= FailTime
	}
	if r.Now-r.Attested >= h.terms.MaxAge {
		bits |= FailAttestation
	}
	return bits
}
