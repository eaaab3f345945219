package ledger

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Policy says which witnesses must have cosigned a checkpoint (C2SP
// tlog-policy).
type Policy struct {
	// Logs are the keys of the logs that it lists; it may list none.
	Logs []note.Verifier
	// Witnesses are those that it lists, in order.
	Witnesses []Witness
	quorum    string // the name of a witness or group, or none
	groups    map[string]group
}

// Witness is a witness of a policy.
type Witness struct {
	// Name is what the policy calls it.
	Name string
	// Key verifies its cosignatures.
	Key note.Verifier
	// URL is the prefix for submissions to it; it may be empty.
	URL string
}

type group struct {
	needs   int
	members []string
}

const noQuorum = "none"

// Verifiers gives the keys of the witnesses.
func (p *Policy) Verifiers() []note.Verifier {
	all := make([]note.Verifier, len(p.Witnesses))
	for i, w := range p.Witnesses {
		all[i] = w.Key
	}
	return all
}

// Check says whether verified cosignatures make the quorum.
func (p *Policy) Check(cosignatures []note.Signature) error {
	if p.quorum == noQuorum || p.there(p.quorum, cosignatures) {
		return nil
	}
	var by []string
	for _, w := range p.Witnesses {
		if p.there(w.Name, cosignatures) {
			by = append(by, w.Name)
		}
	}
	if len(by) == 0 {
		return fmt.Errorf("the quorum %s is not there: no known witness cosigned", p.quorum)
	}
	return fmt.Errorf("the quorum %s is not there: of the known witnesses only %s cosigned", p.quorum, strings.Join(by, ", "))
}

func (p *Policy) there(name string, cosignatures []note.Signature) bool {
	if g, ok := p.groups[name]; ok {
		n := 0
		for _, m := range g.members {
			if p.there(m, cosignatures) {
				n++
			}
		}
		return n >= g.needs
	}
	return slices.ContainsFunc(p.Witnesses, func(w Witness) bool {
		return w.Name == name && slices.ContainsFunc(cosignatures, func(s note.Signature) bool {
			return s.Name == w.Key.Name() && s.Hash == w.Key.KeyHash()
		})
	})
}
