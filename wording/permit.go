package wording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/permit"
)

// Head puts all of a permit but its conditions into words, a sentence a line.
func Head(l Language, name string, version int, p *permit.Permit) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	var grants []string
	for _, g := range p.Grants {
		grants = append(grants, l.number(g.Quantity.String())+" "+g.Accelerator)
	}
	add(l.pick("The permit %s, version %d, grants %s to %s.", "Die Genehmigung %s, Fassung %d, gewährt %s an %s."),
		l.quote(name), version, l.list(grants, l.pick("and", "und")), l.quote(p.Holder))
	zone := cmp.Or(p.Valid.TimeZone, "UTC")
	add(l.pick("It is valid from the start of %s to the start of %s (%s).", "Sie gilt vom Beginn des %s bis zum Beginn des %s (%s)."), p.Valid.From, p.Valid.Until, zone)
	delivery := len(p.Scope) == 0 || slices.Contains(p.Scope, permit.Delivery)
	use := len(p.Scope) == 0 || slices.Contains(p.Scope, permit.Use)
	switch {
	case delivery && use:
		add("%s", l.pick("It governs delivery and use.", "Sie regelt Lieferung und Nutzung."))
	case delivery:
		add("%s", l.pick("It governs delivery.", "Sie regelt die Lieferung."))
	default:
		add("%s", l.pick("It governs use.", "Sie regelt die Nutzung."))
	}
	if r := p.Endorsements.Required; len(r) > 0 {
		add(l.pick("It takes effect when %s have endorsed it.", "Sie wird wirksam, wenn %s sie bestätigt haben."), l.names(r))
	}
	if len(p.Purposes) > 0 {
		add(l.pick("Work may declare the purposes %s alone.", "Arbeit darf nur die Zwecke %s angeben."), l.names(p.Purposes))
	}
	if len(p.EndUsers) > 0 {
		var users []string
		for _, u := range p.EndUsers {
			s := l.quote(u.Name)
			var more []string
			for _, x := range [][3]string{{u.Country, "in ", "in "}, {u.Headquarters, "headquarters in ", "Zentrale in "}, {u.Sector, "sector ", "Sektor "}} {
				if x[0] != "" {
					more = append(more, l.pick(x[1], x[2])+x[0])
				}
			}
			if len(more) > 0 {
				s += " (" + strings.Join(more, ", ") + ")"
			}
			users = append(users, s)
		}
		add(l.pick("Declared end users: %s.", "Angemeldete Endnutzer: %s."), strings.Join(users, "; "))
	}
	if len(p.Lists) > 0 {
		add(l.pick("End users count as listed by %s.", "Endnutzer gelten als gelistet nach %s."), l.names(p.Lists))
	}
	add("%s", l.end(cmp.Or(p.OnEnd, permit.Hold)))
	return out
}

func (l Language) names(all []string) string {
	q := make([]string, len(all))
	for i, n := range all {
		q[i] = l.quote(n)
	}
	return l.list(q, l.pick("and", "und"))
}

// end says what the permit's end does.
func (l Language) end(a permit.Action) string {
	switch a {
	case permit.Continue:
		return l.pick("When it expires or is suspended or revoked, deliveries end; devices in place go on.", "Läuft sie ab oder wird sie ausgesetzt oder widerrufen, enden Lieferungen; vorhandene Geräte laufen weiter.")
	case permit.Drain:
		return l.pick("When it expires or is suspended or revoked, running work stops at its next checkpoint and nothing new starts.", "Läuft sie ab oder wird sie ausgesetzt oder widerrufen, endet laufende Arbeit am nächsten Sicherungspunkt und startet nichts Neues.")
	case permit.Stop:
		return l.pick("When it expires or is suspended or revoked, running work stops at once and nothing new starts.", "Läuft sie ab oder wird sie ausgesetzt oder widerrufen, endet laufende Arbeit sofort und startet nichts Neues.")
	}
	return l.pick("When it expires or is suspended or revoked, running work goes on and nothing new starts.", "Läuft sie ab oder wird sie ausgesetzt oder widerrufen, geht laufende Arbeit weiter und startet nichts Neues.")
}
