package wording

import (
	"cmp"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// measures name what is added up, up to whose it is: in English, in German, and
// in German behind "von".
var measures = map[permit.Measure][3]string{
	permit.Devices:          {"devices in use at one time by", "gleichzeitig genutzte Geräte", "den gleichzeitig genutzten Geräten"},
	permit.Power:            {"power drawn at one time by", "gleichzeitig bezogene Leistung", "der gleichzeitig bezogenen Leistung"},
	permit.DeviceHours:      {"device-hours of", "Gerätestunden", "den Gerätestunden"},
	permit.FLOP:             {"calculations of", "Rechenoperationen", "den Rechenoperationen"},
	permit.Energy:           {"energy of", "Energie", "der Energie"},
	permit.Cost:             {"cost of", "Kosten", "den Kosten"},
	permit.Jobs:             {"number of", "Zahl", "der Zahl"},
	permit.DeliveredDevices: {"number of", "Zahl", "der Zahl"},
	permit.DeliveredTPP:     {"total processing performance (TPP) of", "Gesamtrechenleistung (TPP)", "der Gesamtrechenleistung (TPP)"},
	permit.HeldTPP:          {"total processing performance (TPP) of", "Gesamtrechenleistung (TPP)", "der Gesamtrechenleistung (TPP)"},
}

// counted names a measure of the work or the devices that a selector selects.
func (l Language) counted(m permit.Measure, where permit.Expression) string {
	return l.pick(measures[m][0], measures[m][1]) + " " + l.whose(m, where)
}

// whose names the work or the devices that a selector selects, in German in
// the genitive.
func (l Language) whose(m permit.Measure, where permit.Expression) string {
	all, some := l.pick("all work", "aller Arbeit"), l.pick("work where ", "der Arbeit, für die gilt: ")
	switch {
	case m == permit.Jobs:
		all, some = l.pick("all jobs started", "aller gestarteten Aufträge"), l.pick("the jobs started for which ", "der gestarteten Aufträge, für die gilt: ")
	case m == permit.HeldTPP:
		all, some = l.pick("all devices held", "aller vorgehaltenen Geräte"), l.pick("the devices held for which ", "der vorgehaltenen Geräte, für die gilt: ")
	case m.AtDelivery():
		all, some = l.pick("all devices delivered", "aller gelieferten Geräte"), l.pick("the devices delivered for which ", "der gelieferten Geräte, für die gilt: ")
	}
	if where == "" {
		return all
	}
	return some + l.predicate(where)
}

func (l Language) limit(c *permit.Condition) string {
	x := c.Limit
	s := capital(l.counted(x.Measure, x.Where))
	s += l.apart(x.Per, x.Pool) + l.over(x.Measure, x.Over, x.Pool)
	if x.Follows != "" {
		s += l.pick(": at most what the figure ", ": höchstens, was die Größe ") + l.quote(x.Follows) + l.pick(" says from each of its dates on. ", " ab jedem ihrer Zeitpunkte angibt. ") +
			l.sure(cmp.Or(x.Assurance, permit.Certain))
	} else {
		s += l.pick(": at most ", ": höchstens ") + l.number(x.AtMost.String()) + ". "
		switch {
		case x.Measure.AtDelivery():
			s += l.arrives(x.Measure, x.Assurance)
		case x.Measure.Instant():
			s += l.pick("Work that would pass this does not start.", "Arbeit, die das überschreiten würde, startet nicht.")
		default:
			s += l.sure(cmp.Or(x.Assurance, permit.Certain))
		}
	}
	return s + " " + l.reached(x, c.OnReach)
}

// reached says what a limit does to running work.
func (l Language) reached(x *permit.Limit, a permit.Action) string {
	counts := l.pick("running work that counts stops ", "endet laufende Arbeit, die zählt, ")
	switch {
	case a != permit.Drain && a != permit.Stop || x.Measure.AtDelivery():
		return l.pick("A breach is reported.", "Eine Verletzung wird gemeldet.")
	case x.Measure.Instant():
		return l.pick("Where the bound falls below what runs, ", "Sinkt die Grenze unter das, was läuft, ") + counts +
			map[permit.Action]string{permit.Drain: l.pick("at its next checkpoint.", "am nächsten Sicherungspunkt."), permit.Stop: l.pick("at once.", "sofort.")}[a]
	case a == permit.Drain:
		return l.pick("Where the bound would be passed before the next checkpoint, ", "Würde die Grenze vor dem nächsten Sicherungspunkt überschritten, ") + counts + l.pick("at this one.", "an diesem.")
	}
	return l.pick("At the bound, ", "An der Grenze ") + counts + l.pick("at once.", "sofort.")
}

// over says over what time a measure is added up; permits that share a pool
// share the time, too.
func (l Language) over(m permit.Measure, over calendar.Window, pool string) string {
	kind, _, err := over.Kind()
	switch {
	case m.Instant():
		return ""
	case pool != "" && (over.String() == "" || err == nil && kind == calendar.Life):
		return l.pick(", over their lives", ", über deren Laufzeiten")
	}
	return ", " + l.window(over)
}

// apart says how accounts are kept apart and shared.
func (l Language) apart(per permit.Per, pool string) (s string) {
	if per != "" {
		s += l.pick(", for each "+l.per(per)+" by itself", ", je "+l.per(per)+" für sich")
	}
	if pool != "" {
		s += l.pick(", in one sum over all permits that share the pool ", ", in einer Summe über alle Genehmigungen des Topfs ") + l.quote(pool)
	}
	return s
}

// sure says how sure a start must be of a bound.
func (l Language) sure(a permit.Assurance) string {
	switch a {
	case permit.Certain:
		return l.pick("Work starts only if this then holds whatever happens next.", "Arbeit startet nur, wenn das dann in jedem Fall eingehalten bleibt.")
	case permit.Booked:
		return l.pick("Work starts only if this then holds, provided that what is booked happens.", "Arbeit startet nur, wenn das dann eingehalten bleibt, sofern das Gebuchte eintritt.")
	}
	return l.pick("Work starts only while this has held so far.", "Arbeit startet nur, solange das bisher eingehalten ist.")
}

// arrives says what a bound does to devices.
func (l Language) arrives(m permit.Measure, a permit.Assurance) string {
	switch {
	case m == permit.HeldTPP:
		return l.pick("Devices whose delivery, move or disposal would break this stay where they are.", "Geräte, deren Lieferung, Verlegung oder Abgabe das verletzen würde, bleiben, wo sie sind.")
	case a == permit.Observed:
		return l.pick("Devices arrive only while this has held so far.", "Geräte kommen nur an, solange das bisher eingehalten ist.")
	}
	return l.pick("Devices whose delivery would break this do not arrive.", "Geräte, deren Lieferung das verletzen würde, kommen nicht an.")
}

func (l Language) share(c *permit.Condition, written Written) string {
	x := c.Share
	s := l.part(x)
	if x.Each != "" {
		s += l.pick(", in each "+l.per(x.Each)+" by itself as a part of that one whole", ", je "+l.per(x.Each)+" für sich als Teil dieses einen Ganzen")
	}
	s += l.apart(x.Per, x.Pool) + l.over(x.Measure, x.Over, x.Pool) + ": "
	var bounds []string
	if x.AtLeast != nil {
		bounds = append(bounds, l.pick("at least ", "mindestens ")+l.ratio(*x.AtLeast, written("share.atLeast")))
	}
	if x.AtMost != nil {
		bounds = append(bounds, l.pick("at most ", "höchstens ")+l.ratio(*x.AtMost, written("share.atMost")))
	}
	s += strings.Join(bounds, l.pick(" and ", " und "))
	if x.Base.Fact != "" {
		s += l.pick(" of the figure ", " der Größe ") + l.quote(x.Base.Fact)
	}
	s += "."
	if !x.Allowance.Zero() {
		s += " " + l.number(x.Allowance.String()) + l.pick(" are exempt in each window.", " sind in jedem Zeitraum frei.")
	}
	reach := c.OnReach
	if kind, _, err := x.Over.Kind(); x.Judged == "always" || err == nil && kind == calendar.Rolling {
		reach = permit.Notify // what makes it worse does not start anyway, and what was stopped would start again
	}
	return strings.Join([]string{s, l.judged(x), l.admits(x), l.broken(reach)}, " ")
}

// part names the part of a share and its whole.
func (l Language) part(x *permit.Share) string {
	part := l.pick("work where ", "der Arbeit, für die gilt: ") + l.predicate(x.Where)
	if x.Measure.AtDelivery() || x.Measure == permit.Jobs {
		part = l.pick("those for which ", "derjenigen, für die gilt: ") + l.predicate(x.Where)
	}
	if x.Where == "" {
		part = l.whose(x.Measure, "")
	}
	switch {
	case x.Base.Fact != "":
		return capital(l.counted(x.Measure, x.Where))
	case x.Base.Text == "available":
		return l.pick("Of the device-hours that the devices in service can give, the part of ", "Von den Gerätestunden, die die Geräte in Betrieb geben können, der Teil ") + part
	}
	s := l.pick("Of the "+measures[x.Measure][0], "Von "+measures[x.Measure][2]) + " " + l.whose(x.Measure, x.OutOf)
	if l == English || x.OutOf != "" { // a comma closes a German relative clause
		s += ","
	}
	return s + l.pick(" the part of ", " der Teil ") + part
}

// judged says when a share is judged.
func (l Language) judged(x *permit.Share) string {
	kind, _, err := x.Over.Kind()
	switch {
	case x.Judged != "always" && err == nil && kind == calendar.Rolling, x.Judged == "always" && (x.Base.Fact != "" || x.MinBase.String() == "1" || x.MinBase.Zero()):
		return l.pick("It is judged at every instant.", "Es wird jederzeit beurteilt.")
	case x.Judged == "always":
		return l.pick("It is judged at every instant once the whole exceeds "+l.number(x.MinBase.String())+".", "Es wird jederzeit beurteilt, sobald das Ganze "+l.number(x.MinBase.String())+" übersteigt.")
	case x.Over.String() == "" || err == nil && kind == calendar.Life:
		return l.pick("It is judged at the permit's end.", "Es wird am Ende der Genehmigung beurteilt.")
	}
	return l.pick("It is judged at each window's end.", "Es wird am Ende jedes Zeitraums beurteilt.")
}

// admits says what a share lets start or arrive.
func (l Language) admits(x *permit.Share) string {
	// Nobody can be made to use, or to deliver, what a floor on an outside whole
	// asks for.
	outside := x.Base.Fact != "" || x.Base.Text == "available"
	booked := cmp.Or(x.Assurance, permit.Booked) == permit.Booked && !x.Measure.AtDelivery()
	switch {
	case outside && x.AtMost == nil && !booked:
		return l.pick("Nothing is refused for it.", "Nichts wird deshalb abgelehnt.")
	case x.Measure.AtDelivery():
		return l.arrives(x.Measure, x.Assurance)
	}
	return l.sure(cmp.Or(x.Assurance, permit.Booked))
}

// broken says what a share does once it was broken.
func (l Language) broken(a permit.Action) string {
	const until, bis = "until a window is kept", "bis ein Zeitraum eingehalten ist"
	switch a {
	case permit.Hold:
		return l.pick("A breach is reported; after it nothing that makes it worse starts "+until+".", "Eine Verletzung wird gemeldet; danach startet nichts, was sie verschlimmert, "+bis+".")
	case permit.Drain:
		return l.pick("A breach is reported; running work that makes it worse then stops at its next checkpoint, and none starts "+until+".", "Eine Verletzung wird gemeldet; laufende Arbeit, die sie verschlimmert, endet dann am nächsten Sicherungspunkt, und keine startet, "+bis+".")
	case permit.Stop:
		return l.pick("A breach is reported; running work that makes it worse then stops at once, and none starts "+until+".", "Eine Verletzung wird gemeldet; laufende Arbeit, die sie verschlimmert, endet dann sofort, und keine startet, "+bis+".")
	}
	return l.pick("A breach is reported.", "Eine Verletzung wird gemeldet.")
}
