package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/plan"
)

func textPermits(w io.Writer, r *plan.Result) {
	fmt.Fprintf(w, "\nPermits (delivered: early, middle, late case at the period's end, from the least)\n")
	rows := [][]string{{"permit", "endorsed", "missing", "product", ">granted", ">may arrive", ">delivered", ">in use", "earliest breach"}}
	for _, p := range r.Permits {
		breach := "none"
		if p.Breach != nil {
			breach = fmt.Sprintf("%s on %s (%d of %d samples)", p.Breach.Clause, p.Breach.At.Format("2006-01-02"), p.Breach.Samples, r.Samples)
		}
		for i, g := range p.Products {
			row := []string{"", "", "", g.Product, thousands(g.Granted), thousands(g.May), fmt.Sprintf("%s / %s / %s", thousands(g.Delivered[0]), thousands(g.Delivered[1]), thousands(g.Delivered[2])), "", ""}
			if i == 0 {
				row[0], row[1], row[2], row[7], row[8] = p.Permit, orDash(strings.Join(p.Had, " ")), orDash(strings.Join(p.Missing, " ")), thousands(p.InUse), breach
			}
			rows = append(rows, row)
		}
	}
	printTable(w, "  ", rows)
	textBounds(w, r)
	textTotals(w, r)
	textHeld(w, r)
}

// textBounds says which clause lets less arrive than was granted, once for all
// permits over the same devices, with the grant of the clause's own permit
// where it has one.
func textBounds(w io.Writer, r *plan.Result) {
	told := map[string]bool{}
	for _, own := range []bool{true, false} {
		for _, p := range r.Permits {
			for _, g := range p.Products {
				key := g.By + " " + g.Product
				if g.By == "" || told[key] || own && !strings.HasPrefix(g.By, p.Permit+"/") {
					continue
				}
				told[key] = true
				fmt.Fprintf(w, "  %s: %s of %s %s may arrive, by %s.\n", p.Permit, thousands(g.May), thousands(g.Granted), g.Product, g.By)
			}
		}
	}
}

// textTotals adds up what holders may receive of a product: of permits over the
// same devices the least counts.
func textTotals(w io.Writer, r *plan.Result) {
	type sum struct{ granted, may int64 }
	var products []string
	holders := map[string]map[string]sum{} // by product, then holder
	for _, p := range r.Permits {
		for _, g := range p.Products {
			of, seen := holders[g.Product]
			if !seen {
				of = map[string]sum{}
				holders[g.Product] = of
				products = append(products, g.Product)
			}
			s, seen := of[p.Holder]
			if !seen {
				s = sum{g.Granted, g.May}
			}
			of[p.Holder] = sum{min(s.granted, g.Granted), min(s.may, g.May)}
		}
	}
	for _, product := range products {
		if len(holders[product]) < 2 {
			continue
		}
		var all sum
		for _, s := range holders[product] {
			all = sum{all.granted + s.granted, all.may + s.may}
		}
		fmt.Fprintf(w, "  All holders: %s %s granted, %s may arrive.\n", thousands(all.granted), product, thousands(all.may))
	}
}

// heldBy is what holds devices of one product back, with the number of samples
// by holder.
type heldBy struct {
	product, clause string
	samples         map[string]int
}

// textHeld says what holds back what did not arrive: a row for each condition,
// a column for each holder.
func textHeld(w io.Writer, r *plan.Result) {
	holders, all := heldBack(r)
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nWhat holds back devices that did not arrive by the period's end (in so many of %d samples, by holder)\n", r.Samples)
	head := []string{"product", "held by"}
	for _, h := range holders {
		head = append(head, ">"+h)
	}
	rows, product := [][]string{head}, ""
	for _, x := range all {
		row := []string{x.product, x.clause}
		if x.product == product {
			row[0] = ""
		}
		product = x.product
		for _, h := range holders {
			row = append(row, samplesOf(x, h))
		}
		rows = append(rows, row)
	}
	printTable(w, "  ", rows)
}

func samplesOf(x heldBy, holder string) string {
	if n := x.samples[holder]; n > 0 {
		return fmt.Sprint(n)
	}
	return "-"
}

// heldBack gathers what holds devices back, and the holders concerned, in the
// order of the permits. Several permits over the same devices name the same
// conditions, so of one holder's the most counts.
func heldBack(r *plan.Result) (holders []string, all []heldBy) {
	var products []string
	for _, p := range r.Permits {
		for _, g := range p.Products {
			if len(g.Held) > 0 && !slices.Contains(holders, p.Holder) {
				holders = append(holders, p.Holder)
			}
			if !slices.Contains(products, g.Product) {
				products = append(products, g.Product)
			}
			for _, h := range g.Held {
				clause := h.Clause[strings.Index(h.Clause, "/")+1:]
				k := slices.IndexFunc(all, func(x heldBy) bool { return x.product == g.Product && x.clause == clause })
				if k < 0 {
					k = len(all)
					all = append(all, heldBy{g.Product, clause, map[string]int{}})
				}
				all[k].samples[p.Holder] = max(all[k].samples[p.Holder], h.Samples)
			}
		}
	}
	sum := func(x heldBy) (n int) {
		for _, k := range x.samples {
			n += k
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b heldBy) int {
		return cmp.Or(cmp.Compare(slices.Index(products, a.product), slices.Index(products, b.product)), cmp.Compare(sum(b), sum(a)), cmp.Compare(a.clause, b.clause))
	})
	return holders, all
}
