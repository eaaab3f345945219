package decision_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// held is what a naive book-keeper knows: devices by site and product.
type held map[[2]int]int64

var (
	heldSites    = []string{"US", "NO", "AE", "MY"}
	heldProducts = []string{"h100-sxm", "a100-sxm"} // 15,832 and 4,992 TPP
	heldTPP      = []int64{15832, 4992}
)

func heldRules(t *testing.T, floor, each int) *world.Rules {
	t.Helper()
	text := fmt.Sprintf(`apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: p}
spec:
  holder: h
  grants: [{accelerator: h100-sxm, quantity: 1000000}, {accelerator: a100-sxm, quantity: 1000000}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  conditions:
  - {name: floor, share: {measure: heldTPP, where: 'site.country in ["US", "NO"]', atLeast: %d%%, judged: always, minBase: 100000, assurance: certain}}
  - {name: each, share: {measure: heldTPP, where: 'site.country != "US"', each: country, atMost: %d%%, judged: always, minBase: 1}}
  - {name: cap, limit: {measure: heldTPP, per: country, atMost: 500000}}
`, floor, each)
	for _, s := range heldSites {
		text += fmt.Sprintf("---\napiVersion: proviso.dev/v1alpha1\nkind: Site\nmetadata: {name: site-%c}\nspec: {country: %q}\n", s[0]+32, s)
		for _, p := range heldProducts {
			text += fmt.Sprintf("---\napiVersion: proviso.dev/v1alpha1\nkind: Lot\nmetadata: {name: %s-%c}\nspec: {accelerator: %s, site: site-%c, quantity: 1000, permits: [p], arrives: 2026-01-02}\n", p, s[0]+32, p, s[0]+32)
		}
	}
	name := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := catalog.Load(name)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	v := c.Permits[0].Spec.Valid
	r, err := c.Rules(v.From.In(time.UTC), v.Until.In(time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lot is the index of a product's lot at a site.
func heldLot(site, product int) int32 { return int32(site*len(heldProducts) + product) }

// broken names the conditions that do not hold: the floor once the whole exceeds
// minBase, the ceiling of each country, the bound. With strict it says where a
// refusal is right: below minBase the floor leaves to the others what it would
// leave them in a whole of just minBase, 1 − floor of it.
func (h held) broken(floor, each int64, strict bool) (out [3]bool) {
	var total, tier1 int64
	by := make([]int64, len(heldSites))
	for k, n := range h {
		by[k[0]] += n * heldTPP[k[1]]
	}
	for i, v := range by {
		total += v
		if i < 2 {
			tier1 += v
		}
	}
	out[0] = tier1*100 < floor*total
	if strict {
		out[0] = out[0] && (total-tier1)*100 > 100000*(100-floor)
	} else {
		out[0] = out[0] && total > 100000
	}
	for _, v := range by[1:] {
		out[1] = out[1] || total > 1 && v*100 > each*total
	}
	for _, v := range by {
		out[2] = out[2] || v > 500000
	}
	return out
}

// Devices come, move and go at random, as far as they are admitted: at no time
// is a share of what is held broken, or a bound. What is refused would break one.
func TestHoldingsKeepTheirConditions(t *testing.T) {
	rules := map[[2]int]*world.Rules{}
	for _, x := range [][2]int{{75, 7}, {50, 30}, {90, 100}, {0, 25}} {
		rules[x] = heldRules(t, x[0], x[1])
	}
	admitted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SampledFrom([][2]int{{75, 7}, {50, 30}, {90, 100}, {0, 25}}).Draw(t, "bounds")
		floor, each := int64(x[0]), int64(x[1])
		w := world.New(rules[x])
		h := held{}
		for range rapid.IntRange(1, 40).Draw(t, "acts") {
			site, product := rapid.IntRange(0, 3).Draw(t, "site"), rapid.IntRange(0, 1).Draw(t, "product")
			n := rapid.Int64Range(1, 12).Draw(t, "devices")
			from := heldLot(site, product)
			next := held{}
			for k, v := range h {
				next[k] = v
			}
			var v decision.Verdict
			act := rapid.SampledFrom([]string{"deliver", "deliver", "move", "dispose"}).Draw(t, "act")
			to := rapid.IntRange(0, 3).Draw(t, "to")
			if act != "deliver" {
				n = min(n, h[[2]int{site, product}])
				if n == 0 || act == "move" && to == site {
					continue
				}
				next[[2]int{site, product}] -= n
			}
			switch act {
			case "deliver":
				decision.Deliver(w, from, n, &v)
				next[[2]int{site, product}] += n
			case "move":
				decision.Move(w, from, rules[x].Lots[from].Stock, rules[x].Lots[heldLot(to, product)].Stock, n, &v)
				next[[2]int{to, product}] += n
			case "dispose":
				decision.Dispose(w, from, rules[x].Lots[from].Stock, n, &v)
			}
			if v.Outcome != decision.Admit {
				refused++
				if next.broken(floor, each, true) == [3]bool{} {
					t.Fatalf("%s of %d was refused and would have broken nothing: %v → %v", act, n, h, next)
				}
				continue
			}
			admitted++
			switch act {
			case "deliver":
				w.Deliver(from, n)
			case "move":
				w.Move(rules[x].Lots[from].Stock, rules[x].Lots[heldLot(to, product)].Stock, n)
			case "dispose":
				w.Dispose(rules[x].Lots[from].Stock, n)
			}
			h = next
			if b := h.broken(floor, each, false); b != [3]bool{} {
				t.Fatalf("%s of %d was admitted and broke %v: %v", act, n, b, h)
			}
		}
	})
	if admitted < 200 || refused < 200 {
		t.Errorf("%d acts admitted, %d refused: the histories try too little", admitted, refused)
	}
}
