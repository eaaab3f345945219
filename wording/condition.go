package wording

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	reach := func(s string) string { return s + " " + l.reach(c.OnReach) }
	switch {
	case c.Require != "":
		return reach(l.require(c.Require))
	case c.Limit != nil:
		return reach(l.limit(c.Limit))
	case c.Share != nil:
		return reach(l.share(c.Share, written))
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

func (l Language) require(e permit.Expression) string {
	what := l.pick("Work runs only if ", "Arbeit läuft nur, wenn gilt: ")
	if p, err := permit.CompileExpression(e); err == nil && !readsWork(p) {
		what = l.pick("Devices arrive and work runs only if ", "Geräte kommen an und Arbeit läuft nur, wenn gilt: ")
	}
	return what + l.predicate(e) + "."
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

// of names the work or the devices that a selector selects.
func (l Language) of(m permit.Measure, where permit.Expression) string {
	all, some := l.pick("all work", "aller Arbeit"), l.pick("work where ", "Arbeit, für die gilt: ")
	if m.AtDelivery() {
		all, some = l.pick("all devices", "allen Geräten"), l.pick("devices where ", "Geräten, für die gilt: ")
	}
	if where == "" {
		return all
	}
	return some + l.predicate(where)
}

func (l Language) limit(x *permit.Limit) string {
	s := capital(l.measure(x.Measure)) + l.pick(" of ", " von ") + l.of(x.Measure, x.Where)
	if !x.Measure.Instant() {
		s += ", " + l.window(x.Over)
	}
	s += l.apart(x.Per, x.Pool)
	if x.Follows != "" {
		return s + l.pick(": at most what the figure ", ": höchstens, was die Größe ") + l.quote(x.Follows) + l.pick(" says from each of its dates on. ", " ab jedem ihrer Zeitpunkte angibt. ") +
			l.sure(cmp.Or(x.Assurance, permit.Certain))
	}
	s += l.pick(": at most ", ": höchstens ") + l.number(x.AtMost.String()) + "."
	if x.Measure.AtDelivery() || x.Measure.Instant() {
		return s
	}
	return s + " " + l.sure(cmp.Or(x.Assurance, permit.Certain))
}

// apart says how accounts are kept apart and shared.
func (l Language) apart(per permit.Per, pool string) (s string) {
	if per != "" {
		s += l.pick(", for each "+l.per(per)+" by itself", ", je "+l.per(per)+" für sich")
	}
	if pool != "" {
		s += l.pick(", in one sum with all permits that share the pool ", ", in einer Summe mit allen Genehmigungen des Topfs ") + l.quote(pool)
	}
	return s
}

func (l Language) sure(a permit.Assurance) string {
	switch a {
	case permit.Certain:
		return l.pick("A start is refused unless this holds whatever happens next.", "Ein Start wird abgelehnt, wenn das nicht in jedem Fall eingehalten bleibt.")
	case permit.Booked:
		return l.pick("A start is refused unless this holds if what is booked happens.", "Ein Start wird abgelehnt, wenn das nicht eingehalten bleibt, falls das Gebuchte eintritt.")
	}
	return l.pick("A start is refused once this does not hold so far.", "Ein Start wird abgelehnt, sobald das bisher nicht eingehalten ist.")
}

func (l Language) share(x *permit.Share, written Written) string {
	m, part := l.measure(x.Measure), l.of(x.Measure, x.Where)
	var s string
	switch {
	case x.Base.Fact != "":
		s = capital(m) + l.pick(" of ", " von ") + part + l.pick(", compared with the figure ", ", verglichen mit der Größe ") + l.quote(x.Base.Fact)
	case x.Base.Text == "available":
		s = l.pick("Of the "+m+" that the devices in service can give, the part of ", "Von den "+m+", die die Geräte in Betrieb geben können, der Teil von ") + part
	default:
		s = l.pick("Of the "+m+" of ", capital(m)+" von ") + l.of(x.Measure, x.OutOf) + l.pick(", the part of ", ", davon der Teil von ") + part
	}
	if !x.Measure.Instant() {
		s += ", " + l.window(x.Over)
	}
	if x.Each != "" {
		s += l.pick(", in each "+l.per(x.Each)+" by itself as a part of that one whole", ", je "+l.per(x.Each)+" für sich als Teil dieses einen Ganzen")
	}
	s += l.apart(x.Per, x.Pool) + ": "
	var bounds []string
	if x.AtLeast != nil {
		bounds = append(bounds, l.pick("at least ", "mindestens ")+l.ratio(*x.AtLeast, written("share.atLeast")))
	}
	if x.AtMost != nil {
		bounds = append(bounds, l.pick("at most ", "höchstens ")+l.ratio(*x.AtMost, written("share.atMost")))
	}
	s += strings.Join(bounds, l.pick(" and ", " und ")) + "."
	if !x.Allowance.Zero() {
		s += " " + l.pick(l.number(x.Allowance.String())+" are exempt in each window.", l.number(x.Allowance.String())+" sind in jedem Zeitraum frei.")
	}
	if x.Judged == "always" {
		s += " " + l.pick("It is judged at every instant once the whole exceeds "+l.number(x.MinBase.String())+".", "Es wird jederzeit beurteilt, sobald das Ganze "+l.number(x.MinBase.String())+" übersteigt.")
	} else {
		s += " " + l.pick("It is judged at each window's end.", "Es wird am Ende jedes Zeitraums beurteilt.")
	}
	if x.Measure.AtDelivery() {
		return s
	}
	return s + " " + l.sure(cmp.Or(x.Assurance, permit.Booked))
}

func (l Language) lapse(x *permit.Lapse) string {
	var lines []string
	for _, d := range x.On {
		lines = append(lines, l.pick(
			fmt.Sprintf("on %s, if less than %s was used, %s of the rest is lost", l.day(d.Date), l.ratio(d.UsedBelow, ""), l.ratio(d.Lose, "")),
			fmt.Sprintf("am %s, wenn weniger als %s genutzt wurde, verfallen %s des Rests", l.day(d.Date), l.ratio(d.UsedBelow, ""), l.ratio(d.Lose, ""))))
	}
	return l.pick("Unused allocation of ", "Ungenutzte Zuteilung von ") + l.quote(x.Limit) + l.pick(" is forfeited: ", " verfällt: ") + strings.Join(lines, "; ") +
		l.pick(". Of one date's lines that apply, the one with the lowest use counts.", ". Von den Zeilen eines Tages, die zutreffen, gilt die mit der geringsten Nutzung.")
}

// day writes a day of the year.
func (l Language) day(mmdd string) string {
	t, err := time.Parse("01-02", mmdd)
	if err != nil {
		return mmdd
	}
	if l == German {
		months := []string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
		return strconv.Itoa(t.Day()) + ". " + months[t.Month()-1]
	}
	return strconv.Itoa(t.Day()) + " " + t.Month().String()
}

func (l Language) owed(x *permit.Duty) string {
	if x.Before != "" {
		w := map[permit.Occasion][2]string{
			permit.Moving:       {"devices move to another site", "Geräte an einen anderen Standort gehen"},
			permit.Transferring: {"devices move to another country", "Geräte in ein anderes Land gehen"},
			permit.Disposing:    {"devices are given away", "Geräte abgegeben werden"},
		}[x.Before]
		return l.pick(fmt.Sprintf("A notice %s is given %s before %s; without it they do not.", l.quote(x.Report), l.duration(x.Notice), w[0]),
			fmt.Sprintf("Eine Anzeige %s liegt %s vor, bevor %s; ohne sie geschieht es nicht.", l.quote(x.Report), l.duration(x.Notice), w[1]))
	}
	within := l.pick("within "+l.duration(x.DueWithin)+" of the window's end", "höchstens "+l.duration(x.DueWithin)+" nach dem Ende des Zeitraums")
	if x.DueWithin == 0 {
		within = l.pick("at the window's end", "am Ende des Zeitraums")
	}
	return l.pick("A report ", "Ein Bericht ") + l.quote(x.Report) + l.pick(" is due ", " ist fällig ") + l.window(x.Every) + ", " + within + ". " + l.miss(cmp.Or(x.OnMiss, permit.Notify), l.pick("While it is overdue, ", "Solange er überfällig ist, "))
}

func (l Language) evidence(x *permit.Evidence) string {
	s := l.pick("Evidence of ", "Ein Nachweis ") + l.quote(x.Kind)
	if x.At == permit.Delivery {
		s += l.pick(" is there before a device arrives", " liegt vor, bevor ein Gerät ankommt")
	} else {
		s += l.pick(" is there for each device in use", " liegt für jedes genutzte Gerät vor")
	}
	if x.MaxAge > 0 {
		s += l.pick(", not older than ", ", nicht älter als ") + l.duration(x.MaxAge)
	}
	return s + ". " + l.miss(cmp.Or(x.OnMiss, permit.Hold), l.pick("While it is missing or too old, ", "Solange er fehlt oder zu alt ist, "))
}

func (l Language) approval(x *permit.Approval) string {
	by := make([]string, len(x.By))
	for i, a := range x.By {
		by[i] = l.quote(a)
	}
	who := l.list(by, l.pick("and", "und"))
	if x.Quorum > 0 && x.Quorum < len(x.By) {
		who = l.pick(fmt.Sprintf("%d of ", x.Quorum), fmt.Sprintf("%d von ", x.Quorum)) + who
	}
	return l.pick("Work where ", "Arbeit, für die gilt: ") + l.predicate(x.When) + l.pick(", needs the approval of ", ", braucht die Zustimmung von ") + who + l.pick(" before it starts.", ", bevor sie beginnt.")
}

// reach says what a breach does.
func (l Language) reach(a permit.Action) string {
	switch a {
	case permit.Hold:
		return l.pick("After a breach nothing new starts.", "Nach einer Verletzung startet nichts Neues.")
	case permit.Drain:
		return l.pick("At a breach running work stops at its next checkpoint and nothing new starts.", "Bei einer Verletzung endet laufende Arbeit am nächsten Sicherungspunkt und nichts Neues startet.")
	case permit.Stop:
		return l.pick("At a breach running work stops at once and nothing new starts.", "Bei einer Verletzung endet laufende Arbeit sofort und nichts Neues startet.")
	}
	return l.pick("A breach is reported.", "Eine Verletzung wird gemeldet.")
}

// miss says what is done while something is missing.
func (l Language) miss(a permit.Action, while string) string {
	switch a {
	case permit.Hold:
		return while + l.pick("nothing new starts.", "startet nichts Neues.")
	case permit.Drain:
		return while + l.pick("running work stops at its next checkpoint and nothing new starts.", "endet laufende Arbeit am nächsten Sicherungspunkt und startet nichts Neues.")
	case permit.Stop:
		return while + l.pick("running work stops at once and nothing new starts.", "endet laufende Arbeit sofort und startet nichts Neues.")
	}
	return while + l.pick("it is reported.", "wird es gemeldet.")
}

// Origin says how sure a clause is and where it comes from, or nothing.
func Origin(l Language, c *permit.Condition) string {
	var parts []string
	if w, ok := map[fleet.Basis][2]string{
		fleet.Law: {"law", "Recht"}, fleet.Reported: {"reported", "berichtet"}, fleet.Assumed: {"assumed", "angenommen"},
	}[c.Basis]; ok {
		parts = append(parts, l.pick(w[0], w[1]))
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
