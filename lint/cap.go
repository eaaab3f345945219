package lint

import (
	"fmt"
	"math/big"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// caps finds limits on deliveries, over the permits' life, that are under what
// the lots would deliver in the middle case. It is a warning: a plan may want
// to show just that.
func (l *linter) caps() {
	pools := map[string]bool{}
	for i := range l.c.Permits {
		e := &l.c.Permits[i]
		for k := range e.Spec.Conditions {
			c := &e.Spec.Conditions[k]
			x := c.Limit
			if x == nil || x.Per != "" || x.Measure != permit.DeliveredDevices && x.Measure != permit.DeliveredTPP {
				continue
			}
			if kind, _, err := x.Over.Kind(); x.Over.String() != "" && (err != nil || kind != calendar.Life) {
				continue
			}
			if x.Pool != "" && pools[x.Pool] {
				continue // said at the pool's first clause
			}
			pools[x.Pool] = x.Pool != ""
			bound, err := x.AtMost.In(quantity.Count)
			if err != nil {
				continue // the catalog has said so
			}
			if sum := l.delivered(e.Name, c); sum.Cmp(bound) > 0 {
				shared := ""
				if x.Pool != "" {
					shared = fmt.Sprintf(" for all permits of the pool %q", x.Pool)
				}
				l.add(Warning, "cap-under-lots", "", e.Document.Errorf(conditionPath(e, k)+".limit.atMost",
					"%q allows %s%s, and the lots would deliver %s in the middle case", c.Name, x.AtMost, shared, sum))
			}
		}
	}
}

// delivered is what the lots under a limit, or under its pool, would deliver.
func (l *linter) delivered(name string, c *permit.Condition) *big.Int {
	sum := new(big.Int)
	counted := map[int]bool{}
	for i := range l.c.Permits {
		e := &l.c.Permits[i]
		for k := range e.Spec.Conditions {
			d := &e.Spec.Conditions[k]
			if d.Limit == nil || !(e.Name == name && d.Name == c.Name || c.Limit.Pool != "" && d.Limit.Pool == c.Limit.Pool && d.Limit.Measure == c.Limit.Measure) {
				continue
			}
			where := compile(d.Limit.Where)
			for _, n := range l.lots[e.Name] {
				lot := &l.c.Lots[n].Spec
				product := l.products[lot.Accelerator]
				s := &permit.Subject{Site: l.site(lot.Site), Accelerator: product, Lot: permit.SubjectLot{Name: l.c.Lots[n].Name, Holder: lot.Holder, Supplier: lot.Supplier}}
				if counted[n] || !holds(where, s) {
					continue
				}
				counted[n] = true
				q := lot.Quantity.Value
				if q == nil {
					q = lot.Quantity.P50
				}
				if q == nil {
					continue
				}
				v, err := q.In(quantity.Count)
				if err != nil {
					continue
				}
				if d.Limit.Measure == permit.DeliveredTPP {
					v.Mul(v, big.NewInt(product.TPP))
				}
				sum.Add(sum, v)
			}
		}
	}
	return sum
}
