package wording

import (
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/permit"
)

// Written gives a field of a condition as its document has it, such as
// share.atMost, or nothing: a product of shares is shown as one.
type Written func(path string) string

// Condition puts a condition into words, in one or more sentences.
func Condition(l Language, c *permit.Condition, written Written) string {
	if written == nil {
		written = func(string) string { return "" }
	}
	switch {
	case c.Require != "":
		return l.require(c)
	case c.Limit != nil:
		return l.limit(c)
	case c.Share != nil:
		return l.share(c, written)
	case c.Lapse != nil:
		return l.lapse(c.Lapse)
	case c.Duty != nil:
		return l.owed(c.Duty)
	case c.Evidence != nil:
		return l.evidence(c.Evidence)
	case c.Approval != nil:
		return l.approval(c.Approval)
	}
	return ""
}

// Form names the form of a condition.
func Form(c *permit.Condition) string {
	switch {
	case c.Require != "":
		return "require"
	case c.Limit != nil:
		return "limit"
	case c.Share != nil:
		return "share"
	case c.Lapse != nil:
		return "lapse"
	case c.Duty != nil:
		return "duty"
	case c.Evidence != nil:
		return "evidence"
	case c.Approval != nil:
		return "approval"
	}
	return ""
}

// capital begins a sentence.
func capital(s string) string {
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

func (l Language) require(c *permit.Condition) string {
	p, err := permit.CompileExpression(c.Require)
	what := l.pick("Work starts only if ", "Arbeit startet nur, wenn gilt: ")
	if err == nil && !readsWork(p) {
		what = l.pick("Devices arrive and work starts only if ", "Geräte kommen an und Arbeit startet nur, wenn gilt: ")
	}
	what += l.predicate(c.Require) + "."
	if err != nil || !slices.Contains(p.Reads(), "endUser.listed") {
		return what // it cannot change for work that runs
	}
	switch c.OnReach {
	case permit.Drain:
		return what + l.pick(" Running work that ceases to meet this stops at its next checkpoint.", " Laufende Arbeit, für die das nicht mehr gilt, endet am nächsten Sicherungspunkt.")
	case permit.Stop:
		return what + l.pick(" Running work that ceases to meet this stops at once.", " Laufende Arbeit, für die das nicht mehr gilt, endet sofort.")
	}
	return what + l.pick(" Running work that ceases to meet this goes on, and that is reported.", " Laufende Arbeit, für die das nicht mehr gilt, geht weiter, und das wird gemeldet.")
}

// readsWork reports whether a predicate reads the job or the end user: it is
// then judged at use alone.
func readsWork(p *permit.Predicate) bool {
	for _, f := range p.Reads() {
		if strings.HasPrefix(f, "job.") || strings.HasPrefix(f, "endUser.") {
			return true
		}
	}
	return false
}

// Origin says how sure a clause is and where it comes from, or nothing.
func Origin(l Language, c *permit.Condition) string {
	var parts []string
	if w := Basis(l, c.Basis); w != "" {
		parts = append(parts, w)
	}
	if c.From != "" {
		parts = append(parts, l.pick("regime ", "Regelwerk ")+c.From)
	}
	if c.Source != "" {
		parts = append(parts, c.Source)
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, "; ") + ")"
}

// Basis says how sure something is, or nothing.
func Basis(l Language, b fleet.Basis) string {
	switch b {
	case fleet.Law:
		return l.pick("law", "Recht")
	case fleet.Reported:
		return l.pick("reported", "berichtet")
	case fleet.Assumed:
		return l.pick("assumed", "angenommen")
	}
	return ""
}
