// Package wording puts permits into words, in English and German. The words
// come from the conditions themselves, so that a clause cannot say one thing
// to a reader and another to the machine.
package wording

import (
	"fmt"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// Language is a language that permits are put into.
type Language string

// The languages.
const (
	English Language = "en"
	German  Language = "de"
)

// Languages lists them.
func Languages() []Language { return []Language{English, German} }

// ParseLanguage reads en or de.
func ParseLanguage(s string) (Language, error) {
	for _, l := range Languages() {
		if string(l) == s {
			return l, nil
		}
	}
	return "", fmt.Errorf("there is no language %q: write en or de", s)
}

// pick gives the words of the language.
func (l Language) pick(english, german string) string {
	if l == German {
		return german
	}
	return english
}

// quote marks a name.
func (l Language) quote(s string) string { return l.pick("“"+s+"”", "„"+s+"“") }

// list joins names: "a, b or c".
func (l Language) list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

// number writes a number with its unit, grouped in thousands where it is whole.
func (l Language) number(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "")
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	digits, rest := s[:i], s[i:]
	if strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "e") {
		if l == German {
			rest = strings.Replace(rest, ".", ",", 1)
		}
		return digits + rest
	}
	if len(digits) > 4 {
		var groups []string
		for len(digits) > 3 {
			groups = append([]string{digits[len(digits)-3:]}, groups...)
			digits = digits[:len(digits)-3]
		}
		digits = strings.Join(append([]string{digits}, groups...), l.pick(",", "."))
	}
	if rest = strings.TrimSpace(rest); rest != "" {
		rest = " " + rest
	}
	return digits + rest
}

// ratio writes a part; written is how the document has it, which may be a
// share of a share.
func (l Language) ratio(r quantity.Ratio, written string) string {
	one := func(s string) string {
		s = strings.TrimSuffix(strings.TrimSpace(s), "%")
		if l == German {
			s = strings.Replace(s, ".", ",", 1)
		}
		return strings.TrimSpace(s) + " %"
	}
	if parts := strings.Split(written, "×"); len(parts) > 1 {
		for i, p := range parts {
			q, err := quantity.ParseRatio(p)
			if err != nil {
				return one(r.String())
			}
			parts[i] = one(q.String())
		}
		return strings.Join(parts, " × ") + l.pick(", which is ", ", also ") + one(r.String())
	}
	return one(r.String())
}

// duration writes a length of time.
func (l Language) duration(d quantity.Duration) string {
	for _, u := range []struct {
		unit       quantity.Duration
		one, many  string
		eins, mehr string
	}{{quantity.Day, "day", "days", "Tag", "Tage"}, {quantity.Hour, "hour", "hours", "Stunde", "Stunden"}} {
		if d > 0 && d%u.unit == 0 {
			n := d / u.unit
			if n == 1 {
				return "1 " + l.pick(u.one, u.eins)
			}
			return fmt.Sprintf("%d %s", n, l.pick(u.many, u.mehr))
		}
	}
	return d.String()
}

// window says over what time something is added up.
func (l Language) window(w calendar.Window) string {
	kind, length, err := w.Kind()
	switch {
	case w.String() == "" || kind == calendar.Life:
		return l.pick("over the permit's life", "über die Laufzeit der Genehmigung")
	case err != nil:
		return w.String()
	}
	switch kind {
	case calendar.Month:
		return l.pick("in each calendar month", "in jedem Kalendermonat")
	case calendar.Quarter:
		return l.pick("in each calendar quarter", "in jedem Kalenderquartal")
	case calendar.Half:
		return l.pick("in each half of the calendar year", "in jedem Kalenderhalbjahr")
	case calendar.Year:
		return l.pick("in each calendar year", "in jedem Kalenderjahr")
	case calendar.Rolling:
		return l.pick("over the last "+l.duration(length)+" at any time", "über die jeweils letzten "+l.duration(length))
	}
	return l.pick("in each of the times into which ", "in jedem der Zeiträume, in die ") + l.cut(w)
}

// cut says what cuts a custom calendar.
func (l Language) cut(w calendar.Window) string {
	var dates []string
	for _, b := range w.Boundaries {
		dates = append(dates, b.String())
	}
	if len(dates) == 1 {
		return l.pick(dates[0]+" divides the permit's life", "der "+dates[0]+" die Laufzeit teilt")
	}
	return l.list(dates, l.pick("and", "und")) + l.pick(" divide the permit's life", " die Laufzeit teilen")
}

// time names the times that windows are.
func (l Language) time(w calendar.Window) string {
	kind, _, err := w.Kind()
	switch {
	case w.String() == "" || kind == calendar.Life:
		return l.pick("the permit's life", "die Laufzeit der Genehmigung")
	case err != nil:
		return w.String()
	}
	switch kind {
	case calendar.Month:
		return l.pick("each calendar month", "jeden Kalendermonat")
	case calendar.Quarter:
		return l.pick("each calendar quarter", "jedes Kalenderquartal")
	case calendar.Half:
		return l.pick("each half of the calendar year", "jedes Kalenderhalbjahr")
	case calendar.Year:
		return l.pick("each calendar year", "jedes Kalenderjahr")
	case calendar.Rolling:
		return l.window(w)
	}
	return l.pick("each of the times into which ", "jeden der Zeiträume, in die ") + l.cut(w) + l.pick("", ",")
}

// per names what a measure is kept apart by.
func (l Language) per(p permit.Per) string {
	w := map[permit.Per][2]string{
		"endUser": {"end user", "Endnutzer"}, "model": {"model", "Modell"}, "site": {"site", "Standort"},
		"tenant": {"tenant", "Mandant"}, "purpose": {"purpose", "Zweck"}, "accelerator": {"product", "Produkt"},
		"holder": {"holder", "Inhaber"}, "supplier": {"supplier", "Lieferant"}, "country": {"country", "Land"},
	}[p]
	return l.pick(w[0], w[1])
}
