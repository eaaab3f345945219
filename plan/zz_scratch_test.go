package plan

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/trace"
)

func digest(p *Problem, r *run, s *sample, muted []bool, without bool) string {
	h := fnv.New64a()
	var versions []uint32
	steps := 0
	r.start(s, muted, without)
	for {
		t := r.nextInstant()
		if t >= p.Until {
			break
		}
		r.w.Advance(t)
		if steps++; steps > 2500 {
			return "capped"
		}
		r.step()
		for i := range r.jobs {
			if i >= len(versions) {
				versions = append(versions, 0)
			}
			t := &r.jobs[i]
			if t.version != versions[i] {
				versions[i] = t.version
				fmt.Fprintln(h, r.w.Now(), i, t.version, t.running, t.began, t.devices, t.option)
			}
		}
	}
	r.w.Advance(p.Until)
	r.finish()
	fmt.Fprintln(h, r.result.Milestones, r.result.Used, r.result.Available, r.result.Energy, r.result.Events)
	br := 0
	for i := range p.Rules.Clauses {
		c := r.w.Clause(int32(i))
		fmt.Fprintln(h, c.Holding, c.Missed, c.Filed, c.Breach, c.Judged)
		br += c.Judged
	}
	return fmt.Sprintf("%x %d %d %d", h.Sum64(), r.result.Trace.Started, r.q.Waiting(), br)
}

func randomDocs(g *rand.Rand) string {
	pick := func(s ...string) string { return s[g.IntN(len(s))] }
	var b strings.Builder
	b.WriteString("apiVersion: proviso.dev/v1alpha1\nkind: Site\nmetadata: {name: machine-room}\nspec: {country: DE, timeZone: Europe/Berlin, power: 900MW, pue: 1.2}\n")
	permits := 1 + g.IntN(3)
	var names []string
	for i := range permits {
		names = append(names, fmt.Sprintf("p%d", i))
	}
	for i := range 1 + g.IntN(3) {
		var on []string
		for _, n := range names {
			if g.IntN(3) > 0 {
				on = append(on, n)
			}
		}
		if len(on) == 0 {
			on = names[:1]
		}
		fmt.Fprintf(&b, "---\napiVersion: proviso.dev/v1alpha1\nkind: Lot\nmetadata: {name: lot%d}\nspec: {accelerator: %s, site: machine-room, holder: lab, quantity: %d, permits: [%s]}\n", i, pick("h100-sxm", "h100-sxm", "h200-sxm"), 8+g.IntN(40), strings.Join(on, ", "))
	}
	for i := range permits {
		fmt.Fprintf(&b, "---\napiVersion: proviso.dev/v1alpha1\nkind: Permit\nmetadata: {name: p%d, version: 1}\nspec:\n  holder: lab\n  scope: [use]\n  grants: [{accelerator: h100-sxm, quantity: 400}, {accelerator: h200-sxm, quantity: 400}]\n  valid: {from: 2026-01-01, until: 2026-%s, timeZone: %s}\n  onEnd: %s\n  conditions:\n", i, pick("06-01", "02-20", "06-01"), pick("Asia/Shanghai", "America/New_York", "UTC"), pick("continue", "continue", "stop", "hold", "drain"))
		for k := range 1 + g.IntN(3) {
			c := g.IntN(10)
			fmt.Fprintf(&b, "  - name: c%d\n", k)
			switch {
			case c < 4:
				if g.IntN(3) == 0 {
					fmt.Fprintf(&b, "    onReach: %s\n", pick("stop", "drain", "hold", "notify"))
				}
				fmt.Fprintf(&b, "    limit: {measure: deviceHours, %s atMost: %dh, over: %s, assurance: %s}\n", pick("per: endUser,", "per: purpose,", "", `where: job.endUser == "team-001",`), 200+g.IntN(6000), pick("month", "30d", "quarter", "month"), pick("certain", "certain", "booked", "observed"))
			case c < 5:
				fmt.Fprintf(&b, "    limit: {measure: %s, per: endUser, atMost: %d}\n", "devices", 4+g.IntN(40))
			case c < 6:
				fmt.Fprintf(&b, "    limit: {measure: jobs, per: endUser, atMost: %d, over: month}\n", 5+g.IntN(40))
			case c < 8:
				as := pick("certain", "booked", "observed")
				fmt.Fprintf(&b, "    share: {measure: deviceHours, where: job.endUser == \"team-00%d\", atLeast: %d%%, over: month, assurance: %s, allowance: %dh}\n", 1+g.IntN(3), 10+g.IntN(40), as, g.IntN(1500))
			case c < 9:
				fmt.Fprintf(&b, "    share: {measure: deviceHours, where: job.endUser == \"team-00%d\", atMost: %d%%, over: month, base: available, assurance: certain}\n", 1+g.IntN(3), 10+g.IntN(40))
			default:
				fmt.Fprintf(&b, "    limit: {measure: energy, atMost: %dMWh, over: month}\n", 2+g.IntN(20))
			}
		}
	}
	for i := range g.IntN(4) {
		fmt.Fprintf(&b, "---\napiVersion: proviso.dev/v1alpha1\nkind: Job\nmetadata: {name: s%d}\nspec: {holder: lab, endUser: team-00%d, purpose: research, tenant: t, kind: other, devices: {min: %d, max: %d}, limit: %dh, expected: %dh, checkpoint: %dh, submit: 2026-01-%02d, every: %dh, booked: %v, priority: %d}\n",
			i, 1+g.IntN(3), 1+g.IntN(3), 4+g.IntN(6), 20+g.IntN(40), 5+g.IntN(10), 1+g.IntN(5), 5+g.IntN(10), 24+g.IntN(100), g.IntN(2) == 0, g.IntN(3))
	}
	return b.String()
}

func TestScratch(t *testing.T) {
	var out strings.Builder
	for seed := range uint64(300) {
		if os.Getenv("V") != "" {
			fmt.Println("seed", seed)
		}
		g := rand.New(rand.NewPCG(seed, 1))
		docs := randomDocs(g)
		from, until := on(t, "2026-01-05"), on(t, "2026-04-01")
		tr := trace.Generate(seed, trace.GenerateSpec{Jobs: 50 + g.IntN(250), From: from, Until: until - calendar.Instant(20*quantity.Day), Devices: int64(20 + g.IntN(60)), MostDevices: 16, Teams: trace.MoreTeams(4), MostRuns: 3 * quantity.Day})
		p := problemOf(t, docs, Options{From: from, Until: until, Zone: time.UTC, Trace: tr, Beside: true, Seed: seed})
		r := newRun(p)
		fmt.Fprintln(&out, seed, digest(p, r, p.draw(0), nil, false))
		muted := make([]bool, len(p.Rules.Groups))
		muted[g.IntN(len(muted))] = true
		fmt.Fprintln(&out, seed, digest(p, r, p.draw(0), muted, false))
	}
	p := h200Problem(t)
	r := newRun(p)
	for i := range 60 {
		muted := make([]bool, len(p.Rules.Groups))
		muted[i%len(muted)] = true
		fmt.Fprintln(&out, i, digest(p, r, p.draw(i), nil, false), digest(p, r, p.draw(i), muted, false), digest(p, r, p.draw(i), nil, true))
	}
	if name := os.Getenv("WRITE"); name != "" {
		os.WriteFile(name, []byte(out.String()), 0o644)
		return
	}
	want, _ := os.ReadFile("/tmp/want.txt")
	if string(want) == out.String() {
		return
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(out.String(), "\n")
	n := 0
	for i := range a {
		if i < len(b) && a[i] != b[i] {
			if n++; n < 6 {
				t.Errorf("line %d:\n%s\n%s", i, a[i], b[i])
			}
		}
	}
	t.Errorf("%d lines differ", n)
}
