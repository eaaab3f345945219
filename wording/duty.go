package wording

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

func (l Language) lapse(x *permit.Lapse) string {
	var lines []string
	dates := map[string]bool{}
	for _, d := range x.On {
		dates[d.Date] = true
		lines = append(lines, l.pick(
			fmt.Sprintf("on %s, if less than %s was used, %s of the rest is lost", l.day(d.Date), l.ratio(d.UsedBelow, ""), l.ratio(d.Lose, "")),
			fmt.Sprintf("am %s, wenn weniger als %s genutzt wurde, verfallen %s des Rests", l.day(d.Date), l.ratio(d.UsedBelow, ""), l.ratio(d.Lose, ""))))
	}
	s := l.pick("Unused allocation of ", "Ungenutzte Zuteilung von ") + l.quote(x.Limit) + l.pick(" is forfeited: ", " verfällt: ") + strings.Join(lines, "; ") + "."
	if len(dates) < len(x.On) {
		s += l.pick(" Of the lines of one date that apply, the first counts.", " Von den Zeilen eines Tages, die zutreffen, gilt die erste.")
	}
	if len(dates) > 1 {
		s += l.pick(" Parts are parts of what earlier dates of the same window left of the allocation.", " Anteile gelten von dem, was frühere Tage desselben Zeitraums von der Zuteilung übrig ließen.")
	}
	return s + l.pick(" What running work still holds counts as unused, but it may be used.", " Was laufende Arbeit noch belegt, zählt als ungenutzt, darf aber genutzt werden.")
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
		return l.pick(fmt.Sprintf("At least %s before %s, the notice %s is given; without it they stay.", l.duration(x.Notice), w[0], l.quote(x.Report)),
			fmt.Sprintf("Mindestens %s bevor %s, liegt die Anzeige %s vor; ohne sie bleiben sie.", l.duration(x.Notice), w[1], l.quote(x.Report)))
	}
	whose := "dessen"
	if kind, _, err := x.Every.Kind(); err == nil && kind == calendar.Life {
		whose = "deren"
	}
	due := l.pick("no later than "+l.duration(x.DueWithin)+" after its end", "spätestens "+l.duration(x.DueWithin)+" nach "+whose+" Ende")
	if x.DueWithin == 0 {
		due = l.pick("at its end", "an "+whose+" Ende")
	}
	return l.pick("A report "+l.quote(x.Report)+" about "+l.time(x.Every)+" is due "+due+". ", "Ein Bericht "+l.quote(x.Report)+" über "+l.time(x.Every)+" ist "+due+" fällig. ") +
		l.miss(cmp.Or(x.OnMiss, permit.Notify), l.pick("While it is overdue, ", "Solange er überfällig ist, "), "")
}

func (l Language) evidence(x *permit.Evidence) string {
	miss := cmp.Or(x.OnMiss, permit.Hold)
	age := ""
	if x.MaxAge > 0 {
		age = l.pick(" that is not older than ", ", der nicht älter ist als ") + l.duration(x.MaxAge)
	}
	kind := l.quote(x.Kind)
	switch {
	case x.At == permit.Delivery && miss == permit.Notify:
		return l.pick("A device arrives with evidence of "+kind+age+". That it is missing is reported.", "Ein Gerät kommt mit einem Nachweis "+kind+" an"+age+". Fehlt er, wird das gemeldet.")
	case x.At == permit.Delivery:
		return l.pick("A device arrives only with evidence of "+kind+age+".", "Ein Gerät kommt nur mit einem Nachweis "+kind+" an"+age+".")
	}
	return l.pick("For each device in use there is evidence of "+kind+age+". ", "Für jedes genutzte Gerät liegt ein Nachweis "+kind+" vor"+age+". ") +
		l.miss(miss, l.pick("While it is missing or too old, ", "Solange er fehlt oder zu alt ist, "), l.pick(" on the device", " auf dem Gerät"))
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

// miss says what is done while something is missing, on the devices that it
// concerns.
func (l Language) miss(a permit.Action, while, where string) string {
	switch a {
	case permit.Hold:
		return while + l.pick("no new work starts"+where+".", "startet keine neue Arbeit"+where+".")
	case permit.Drain:
		return while + l.pick("running work"+where+" stops at its next checkpoint and no new work starts.", "endet laufende Arbeit"+where+" am nächsten Sicherungspunkt und startet keine neue.")
	case permit.Stop:
		return while + l.pick("running work"+where+" stops at once and no new work starts.", "endet laufende Arbeit"+where+" sofort und startet keine neue.")
	}
	return while + l.pick("that is reported.", "wird das gemeldet.")
}
