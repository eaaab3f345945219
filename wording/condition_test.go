package wording

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/permit"
)

// condition reads one condition, written in one line of YAML.
func condition(t *testing.T, text string) (*permit.Condition, Written) {
	t.Helper()
	docs, errs := document.Read("test", []byte("apiVersion: proviso.dev/v1alpha1\nkind: Permit\nmetadata: {name: p}\nspec: {holder: h, grants: [{accelerator: a, quantity: 1}], valid: {from: 2026-01-01, until: 2027-01-01}, conditions: [{name: c, "+text+"}]}\n"))
	if len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	var p permit.Permit
	if errs := docs[0].Decode(&p); len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	return &p.Conditions[0], func(path string) string { return docs[0].Text("spec.conditions[0]." + path) }
}

func TestConditionsInWords(t *testing.T) {
	for _, c := range []struct{ yaml, english, german string }{
		{
			`require: 'site.country == "CN"'`,
			"Devices arrive and work starts only if the site's country is “CN”.",
			"Geräte kommen an und Arbeit startet nur, wenn gilt: das Land des Standorts ist „CN“.",
		},
		{
			`require: '!(job.purpose == "a" && (endUser.listed || job.maxDevices > 8192))', onReach: stop`,
			"Work starts only if the purpose is not “a” or (the end user is on no list and the greatest number of devices asked for is at most 8192). Running work that ceases to meet this stops at once.",
			"Arbeit startet nur, wenn gilt: der Zweck ist nicht „a“ oder (der Endnutzer steht auf keiner Liste und die größte verlangte Zahl von Geräten ist höchstens 8192). Laufende Arbeit, für die das nicht mehr gilt, endet sofort.",
		},
		{
			`limit: {measure: deviceHours, where: 'job.endUser == "vision"', atMost: 18000h, over: month, per: site, pool: p}`,
			"Device-hours of work where the end user is “vision”, for each site by itself, in one sum over all permits that share the pool “p”, in each calendar month: at most 18,000 h. Work starts only if this then holds whatever happens next. A breach is reported.",
			"Gerätestunden der Arbeit, für die gilt: der Endnutzer ist „vision“, je Standort für sich, in einer Summe über alle Genehmigungen des Topfs „p“, in jedem Kalendermonat: höchstens 18.000 h. Arbeit startet nur, wenn das dann in jedem Fall eingehalten bleibt. Eine Verletzung wird gemeldet.",
		},
		{
			`share: {measure: deviceHours, where: 'job.purpose == "c"', base: available, atMost: 20% × 50%, over: quarter, assurance: certain}`,
			"Of the device-hours that the devices in service can give, the part of work where the purpose is “c”, in each calendar quarter: at most 20 % × 50 %, which is 10 %. It is judged at each window's end. Work starts only if this then holds whatever happens next. A breach is reported.",
			"Von den Gerätestunden, die die Geräte in Betrieb geben können, der Teil der Arbeit, für die gilt: der Zweck ist „c“, in jedem Kalenderquartal: höchstens 20 % × 50 %, also 10 %. Es wird am Ende jedes Zeitraums beurteilt. Arbeit startet nur, wenn das dann in jedem Fall eingehalten bleibt. Eine Verletzung wird gemeldet.",
		},
		{
			`lapse: {limit: l, on: [{date: 05-01, usedBelow: 12.5%, lose: 30%}]}`,
			"Unused allocation of “l” is forfeited: on 1 May, if less than 12.5 % was used, 30 % of the rest is lost. What running work still holds counts as unused, but it may be used.",
			"Ungenutzte Zuteilung von „l“ verfällt: am 1. Mai, wenn weniger als 12,5 % genutzt wurde, verfallen 30 % des Rests. Was laufende Arbeit noch belegt, zählt als ungenutzt, darf aber genutzt werden.",
		},
		{
			`duty: {report: usage, every: quarter, dueWithin: 30d, onMiss: hold}`,
			"A report “usage” about each calendar quarter is due no later than 30 days after its end. While it is overdue, no new work starts.",
			"Ein Bericht „usage“ über jedes Kalenderquartal ist spätestens 30 Tage nach dessen Ende fällig. Solange er überfällig ist, startet keine neue Arbeit.",
		},
		{
			`evidence: {kind: location, maxAge: 24h}`,
			"For each device in use there is evidence of “location” that is not older than 1 day. While it is missing or too old, no new work starts on the device.",
			"Für jedes genutzte Gerät liegt ein Nachweis „location“ vor, der nicht älter ist als 1 Tag. Solange er fehlt oder zu alt ist, startet keine neue Arbeit auf dem Gerät.",
		},
		{
			`evidence: {kind: certificate, at: delivery, maxAge: 24h}`,
			"A device arrives only with evidence of “certificate” that is not older than 1 day.",
			"Ein Gerät kommt nur mit einem Nachweis „certificate“ an, der nicht älter ist als 1 Tag.",
		},
		{
			`limit: {measure: deliveredDevices, where: 'accelerator.name == "h200-sxm"', atMost: 75_000}`,
			"Number of the devices delivered for which the product is “h200-sxm”, over the permit's life: at most 75,000. Devices whose delivery would break this do not arrive. A breach is reported.",
			"Zahl der gelieferten Geräte, für die gilt: das Produkt ist „h200-sxm“, über die Laufzeit der Genehmigung: höchstens 75.000. Geräte, deren Lieferung das verletzen würde, kommen nicht an. Eine Verletzung wird gemeldet.",
		},
		{
			`limit: {measure: power, atMost: 20MW}, onReach: drain`,
			"Power drawn at one time by all work: at most 20 MW. Work that would pass this does not start. Where the bound falls below what runs, running work that counts stops at its next checkpoint.",
			"Gleichzeitig bezogene Leistung aller Arbeit: höchstens 20 MW. Arbeit, die das überschreiten würde, startet nicht. Sinkt die Grenze unter das, was läuft, endet laufende Arbeit, die zählt, am nächsten Sicherungspunkt.",
		},
		{
			`limit: {measure: jobs, where: 'job.kind == "serve"', atMost: 20, over: month}, onReach: stop`,
			"Number of the jobs started for which the kind of work is “serve”, in each calendar month: at most 20. Work starts only if this then holds whatever happens next. At the bound, running work that counts stops at once.",
			"Zahl der gestarteten Aufträge, für die gilt: die Art der Arbeit ist „serve“, in jedem Kalendermonat: höchstens 20. Arbeit startet nur, wenn das dann in jedem Fall eingehalten bleibt. An der Grenze endet laufende Arbeit, die zählt, sofort.",
		},
		{
			`share: {measure: deliveredTPP, where: 'accelerator.name == "h200-sxm"', base: {fact: us}, atMost: 50%, judged: always, minBase: 1, assurance: certain, pool: p}`,
			"Total processing performance (TPP) of the devices delivered for which the product is “h200-sxm”, in one sum over all permits that share the pool “p”, over their lives: at most 50 % of the figure “us”. It is judged at every instant. Devices whose delivery would break this do not arrive. A breach is reported.",
			"Gesamtrechenleistung (TPP) der gelieferten Geräte, für die gilt: das Produkt ist „h200-sxm“, in einer Summe über alle Genehmigungen des Topfs „p“, über deren Laufzeiten: höchstens 50 % der Größe „us“. Es wird jederzeit beurteilt. Geräte, deren Lieferung das verletzen würde, kommen nicht an. Eine Verletzung wird gemeldet.",
		},
		{
			`share: {measure: heldTPP, where: 'site.country == "US"', atLeast: 50%, judged: always, minBase: 1M}`,
			"Of the total processing performance (TPP) of all devices held, the part of those for which the site's country is “US”: at least 50 %. It is judged at every instant once the whole exceeds 1 M. Devices whose delivery, move or disposal would break this stay where they are. A breach is reported.",
			"Von der Gesamtrechenleistung (TPP) aller vorgehaltenen Geräte der Teil derjenigen, für die gilt: das Land des Standorts ist „US“: mindestens 50 %. Es wird jederzeit beurteilt, sobald das Ganze 1 M übersteigt. Geräte, deren Lieferung, Verlegung oder Abgabe das verletzen würde, bleiben, wo sie sind. Eine Verletzung wird gemeldet.",
		},
		{
			`share: {measure: deviceHours, where: endUser.declared, outOf: 'job.kind == "rl"', atLeast: 30%, over: life}, onReach: hold`,
			"Of the device-hours of work where the kind of work is “rl”, the part of work where the end user is declared, over the permit's life: at least 30 %. It is judged at the permit's end. Work starts only if this then holds, provided that what is booked happens. A breach is reported; after it nothing that makes it worse starts until a window is kept.",
			"Von den Gerätestunden der Arbeit, für die gilt: die Art der Arbeit ist „rl“, der Teil der Arbeit, für die gilt: der Endnutzer ist angemeldet, über die Laufzeit der Genehmigung: mindestens 30 %. Es wird am Ende der Genehmigung beurteilt. Arbeit startet nur, wenn das dann eingehalten bleibt, sofern das Gebuchte eintritt. Eine Verletzung wird gemeldet; danach startet nichts, was sie verschlimmert, bis ein Zeitraum eingehalten ist.",
		},
		{
			`share: {measure: deviceHours, where: endUser.declared, base: available, atLeast: 30%, over: month, assurance: observed}`,
			"Of the device-hours that the devices in service can give, the part of work where the end user is declared, in each calendar month: at least 30 %. It is judged at each window's end. Nothing is refused for it. A breach is reported.",
			"Von den Gerätestunden, die die Geräte in Betrieb geben können, der Teil der Arbeit, für die gilt: der Endnutzer ist angemeldet, in jedem Kalendermonat: mindestens 30 %. Es wird am Ende jedes Zeitraums beurteilt. Nichts wird deshalb abgelehnt. Eine Verletzung wird gemeldet.",
		},
		{
			`duty: {report: progress, every: {boundaries: [2026-02-01, 2026-04-01]}, dueWithin: 0d}`,
			"A report “progress” about each of the times into which 2026-02-01 and 2026-04-01 divide the permit's life is due at its end. While it is overdue, that is reported.",
			"Ein Bericht „progress“ über jeden der Zeiträume, in die 2026-02-01 und 2026-04-01 die Laufzeit teilen, ist an dessen Ende fällig. Solange er überfällig ist, wird das gemeldet.",
		},
		{
			`duty: {report: moving, before: transfer, notice: 60d}`,
			"At least 60 days before devices move to another country, the notice “moving” is given; without it they stay.",
			"Mindestens 60 Tage bevor Geräte in ein anderes Land gehen, liegt die Anzeige „moving“ vor; ohne sie bleiben sie.",
		},
		{
			`approval: {when: 'job.kind in ["rl", "serve"] && !has(endUser.country)', by: [a, b, c], quorum: 2}`,
			"Work where the kind of work is one of “rl” and “serve” and the end user's country is not known, needs the approval of 2 of “a”, “b” and “c” before it starts.",
			"Arbeit, für die gilt: die Art der Arbeit gehört zu „rl“ und „serve“ und das Land des Endnutzers ist nicht bekannt, braucht die Zustimmung von 2 von „a“, „b“ und „c“, bevor sie beginnt.",
		},
		{
			`require: 'site.labels["x"] == "y" && ("z" in site.labels) && [1].exists(n, n == 1)'`,
			"Devices arrive and work starts only if the site's label “x” is “y” and the site has the label “z” and the expression `[1].exists(n, n == 1)` is true.",
			"Geräte kommen an und Arbeit startet nur, wenn gilt: das Kennzeichen „x“ des Standorts ist „y“ und der Standort trägt das Kennzeichen „z“ und der Ausdruck `[1].exists(n, n == 1)` ist wahr.",
		},
	} {
		x, written := condition(t, c.yaml)
		if got := Condition(English, x, written); got != c.english {
			t.Errorf("%s:\ngot  %s\nwant %s", c.yaml, got, c.english)
		}
		if got := Condition(German, x, written); got != c.german {
			t.Errorf("%s:\ngot  %s\nwant %s", c.yaml, got, c.german)
		}
	}
}

// Two conditions that mean different things read differently, in both
// languages: each line differs from the first of its block in one field.
func TestNoClauseHasTwoMeanings(t *testing.T) {
	for _, block := range [][]string{
		{
			`limit: {measure: deviceHours, atMost: 5h, over: month}`,
			`limit: {measure: energy, atMost: 5h, over: month}`, `limit: {measure: deviceHours, atMost: 6h, over: month}`,
			`limit: {measure: deviceHours, atMost: 5h, over: 30d}`, `limit: {measure: deviceHours, atMost: 5h, over: life}`,
			`limit: {measure: deviceHours, atMost: 5h, over: {boundaries: [2026-03-01]}}`, `limit: {measure: deviceHours, atMost: 5h, over: {boundaries: [2026-03-02]}}`,
			`limit: {measure: deviceHours, atMost: 5h, over: month, per: site}`, `limit: {measure: deviceHours, atMost: 5h, over: month, pool: x}`,
			`limit: {measure: deviceHours, atMost: 5h, over: month, assurance: booked}`, `limit: {measure: deviceHours, atMost: 5h, over: month, assurance: observed}`,
			`limit: {measure: deviceHours, atMost: 5h, over: month, where: 'endUser.listed'}`, `limit: {measure: deviceHours, atMost: 5h, over: month}, onReach: drain`,
			`limit: {measure: deviceHours, atMost: 5h, over: month}, onReach: stop`,
		},
		{
			`limit: {measure: deliveredDevices, atMost: 5}`, `limit: {measure: deliveredTPP, atMost: 5}`, `limit: {measure: heldTPP, atMost: 5}`, `limit: {measure: devices, atMost: 5}`,
			`limit: {measure: jobs, atMost: 5}`, `limit: {measure: deliveredDevices, atMost: 5, over: year}`, `limit: {measure: deliveredDevices, atMost: 5, assurance: observed}`,
			`limit: {measure: deliveredDevices, where: 'site.name == "s"', atMost: 5}`, `limit: {measure: devices, atMost: 5}, onReach: stop`,
		},
		{
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atMost: 5%, over: month}`, `share: {measure: deviceHours, where: '!endUser.listed', atLeast: 5%, over: month}`,
			`share: {measure: deviceHours, where: 'endUser.listed', outOf: 'endUser.declared', atLeast: 5%, over: month}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, atMost: 50%, over: month}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month, base: available}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month, base: {fact: f}}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month, allowance: 10h}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month, judged: always, minBase: 10h}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month, assurance: certain}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: life}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: 30d, assurance: observed}`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month}, onReach: hold`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month}, onReach: drain`,
			`share: {measure: deviceHours, where: 'endUser.listed', atLeast: 5%, over: month}, onReach: stop`,
			`share: {measure: jobs, where: 'endUser.listed', atLeast: 5%, over: month}`,
			`share: {measure: energy, where: 'endUser.listed', atLeast: 5%, over: month}`,
		},
		{
			`evidence: {kind: a}`, `evidence: {kind: b}`, `evidence: {kind: a, maxAge: 1h}`, `evidence: {kind: a, at: delivery}`, `evidence: {kind: a, onMiss: drain}`,
			`evidence: {kind: a, at: delivery, onMiss: notify}`, `evidence: {kind: a, at: delivery, maxAge: 1h}`, `evidence: {kind: a, onMiss: stop}`, `evidence: {kind: a, onMiss: notify}`,
		},
		{
			`duty: {report: a, every: month, dueWithin: 1d}`, `duty: {report: b, every: month, dueWithin: 1d}`, `duty: {report: a, every: year, dueWithin: 1d}`,
			`duty: {report: a, every: month, dueWithin: 2d}`, `duty: {report: a, every: month, dueWithin: 1d, onMiss: stop}`,
		},
		{
			`approval: {when: 'true', by: [a, b]}`, `approval: {when: 'false', by: [a, b]}`, `approval: {when: 'true', by: [a]}`, `approval: {when: 'true', by: [a, b], quorum: 1}`,
		},
		{
			`require: 'job.purpose == "a" && job.kind == "b" || endUser.listed'`, `require: 'job.purpose == "a" && (job.kind == "b" || endUser.listed)'`,
			`require: '!(job.purpose == "a" && job.kind == "b") || endUser.listed'`, `require: 'job.maxDevices < 5'`, `require: 'job.maxDevices <= 5'`,
			`require: 'job.maxDevices > 5'`, `require: 'job.maxDevices >= 5'`, `require: 'job.maxDevices == 5'`, `require: 'job.maxDevices != 5'`,
			`require: 'job.minDevices < 5'`, `require: 'job.name.startsWith("a")'`, `require: 'job.name.endsWith("a")'`, `require: '!job.name.contains("a")'`,
		},
	} {
		for _, l := range Languages() {
			seen := map[string]string{}
			for _, text := range block {
				c, written := condition(t, text)
				words := Condition(l, c, written)
				if before, ok := seen[words]; ok {
					t.Errorf("%s and %s both read %q", before, text, words)
				}
				seen[words] = text
			}
		}
	}
}

func TestHead(t *testing.T) {
	p := &permit.Permit{Holder: "h", Scope: []permit.Scope{permit.Use}, Purposes: []string{"a", "b"}, OnEnd: permit.Drain,
		EndUsers: []permit.EndUser{{Name: "u", Country: "CN", Headquarters: "CN"}}, Endorsements: permit.Endorsements{Required: []string{"x", "y"}}}
	got := strings.Join(Head(English, "n", 2, p), "\n")
	for _, want := range []string{"version 2", "to “h”", "It governs use.", "when “x” and “y” have endorsed it", "“a” and “b” alone", "“u” (in CN, headquarters in CN)", "stops at its next checkpoint"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if german := fmt.Sprint(Head(German, "n", 2, p)); strings.Contains(german, "permit") {
		t.Errorf("English words in %s", german)
	}
}

func TestHoldingsInWords(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range []string{
		`share: {measure: heldTPP, where: 'site.country != "US"', atMost: 7%, judged: always, minBase: 1}`,
		`share: {measure: heldTPP, where: 'site.country != "US"', atMost: 7%, each: country, judged: always, minBase: 1}`,
		`share: {measure: heldTPP, where: 'site.country != "US"', atMost: 7%, each: site, judged: always, minBase: 1}`,
		`share: {measure: heldTPP, where: 'site.country != "US"', atMost: 7%, per: country, judged: always, minBase: 1}`,
		`duty: {report: a, before: transfer, notice: 60d}`, `duty: {report: a, before: move, notice: 60d}`, `duty: {report: a, before: disposal, notice: 60d}`,
		`duty: {report: a, before: transfer, notice: 61d}`,
	} {
		for _, l := range Languages() {
			c, written := condition(t, text)
			words := Condition(l, c, written)
			if seen[words] {
				t.Errorf("%s reads like another: %s", text, words)
			}
			seen[words] = true
		}
	}
}
