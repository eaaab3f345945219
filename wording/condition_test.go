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
			"Devices arrive and work runs only if the site's country is “CN”. A breach is reported.",
			"Geräte kommen an und Arbeit läuft nur, wenn gilt: das Land des Standorts ist „CN“. Eine Verletzung wird gemeldet.",
		},
		{
			`require: '!(job.purpose == "a" && (endUser.listed || job.maxDevices > 8192))', onReach: stop`,
			"Work runs only if the purpose is not “a” or (the end user is on no list and the greatest number of devices asked for is at most 8192). At a breach running work stops at once and nothing new starts.",
			"Arbeit läuft nur, wenn gilt: der Zweck ist nicht „a“ oder (der Endnutzer steht auf keiner Liste und die größte verlangte Zahl von Geräten ist höchstens 8192). Bei einer Verletzung endet laufende Arbeit sofort und nichts Neues startet.",
		},
		{
			`limit: {measure: deviceHours, where: 'job.endUser == "vision"', atMost: 18000h, over: month, per: site, pool: p}`,
			"Device-hours of work where the end user is “vision”, in each calendar month, for each site by itself, in one sum with all permits that share the pool “p”: at most 18,000 h. A start is refused unless this holds whatever happens next. A breach is reported.",
			"Gerätestunden von Arbeit, für die gilt: der Endnutzer ist „vision“, in jedem Kalendermonat, je Standort für sich, in einer Summe mit allen Genehmigungen des Topfs „p“: höchstens 18.000 h. Ein Start wird abgelehnt, wenn das nicht in jedem Fall eingehalten bleibt. Eine Verletzung wird gemeldet.",
		},
		{
			`share: {measure: deviceHours, where: 'job.purpose == "c"', base: available, atMost: 20% × 50%, over: quarter, assurance: certain}`,
			"Of the device-hours that the devices in service can give, the part of work where the purpose is “c”, in each calendar quarter: at most 20 % × 50 %, which is 10 %. It is judged at each window's end. A start is refused unless this holds whatever happens next. A breach is reported.",
			"Von den Gerätestunden, die die Geräte in Betrieb geben können, der Teil von Arbeit, für die gilt: der Zweck ist „c“, in jedem Kalenderquartal: höchstens 20 % × 50 %, also 10 %. Es wird am Ende jedes Zeitraums beurteilt. Ein Start wird abgelehnt, wenn das nicht in jedem Fall eingehalten bleibt. Eine Verletzung wird gemeldet.",
		},
		{
			`lapse: {limit: l, on: [{date: 05-01, usedBelow: 12.5%, lose: 30%}]}`,
			"Unused allocation of “l” is forfeited: on 1 May, if less than 12.5 % was used, 30 % of the rest is lost. Of one date's lines that apply, the one with the lowest use counts.",
			"Ungenutzte Zuteilung von „l“ verfällt: am 1. Mai, wenn weniger als 12,5 % genutzt wurde, verfallen 30 % des Rests. Von den Zeilen eines Tages, die zutreffen, gilt die mit der geringsten Nutzung.",
		},
		{
			`duty: {report: usage, every: quarter, dueWithin: 30d, onMiss: hold}`,
			"A report “usage” is due in each calendar quarter, within 30 days of the window's end. While it is overdue, nothing new starts.",
			"Ein Bericht „usage“ ist fällig in jedem Kalenderquartal, höchstens 30 Tage nach dem Ende des Zeitraums. Solange er überfällig ist, startet nichts Neues.",
		},
		{
			`evidence: {kind: location, maxAge: 24h}`,
			"Evidence of “location” is there for each device in use, not older than 1 day. While it is missing or too old, nothing new starts.",
			"Ein Nachweis „location“ liegt für jedes genutzte Gerät vor, nicht älter als 1 Tag. Solange er fehlt oder zu alt ist, startet nichts Neues.",
		},
		{
			`approval: {when: 'job.kind in ["rl", "serve"] && !has(endUser.country)', by: [a, b, c], quorum: 2}`,
			"Work where the kind of work is one of “rl” and “serve” and the end user's country is not known, needs the approval of 2 of “a”, “b” and “c” before it starts.",
			"Arbeit, für die gilt: die Art der Arbeit gehört zu „rl“ und „serve“ und das Land des Endnutzers ist nicht bekannt, braucht die Zustimmung von 2 von „a“, „b“ und „c“, bevor sie beginnt.",
		},
		{
			`require: 'site.labels["x"] == "y" && ("z" in site.labels) && [1].exists(n, n == 1)'`,
			"Devices arrive and work runs only if the site's label “x” is “y” and the site has the label “z” and the expression `[1].exists(n, n == 1)` is true. A breach is reported.",
			"Geräte kommen an und Arbeit läuft nur, wenn gilt: das Kennzeichen „x“ des Standorts ist „y“ und der Standort trägt das Kennzeichen „z“ und der Ausdruck `[1].exists(n, n == 1)` ist wahr. Eine Verletzung wird gemeldet.",
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
		},
		{
			`evidence: {kind: a}`, `evidence: {kind: b}`, `evidence: {kind: a, maxAge: 1h}`, `evidence: {kind: a, at: delivery}`, `evidence: {kind: a, onMiss: drain}`,
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
