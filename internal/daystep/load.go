package daystep

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

type product struct {
	Document
	name, country, vendor                 string
	tpp, bandwidth, memory, watts, gflops int // gflops in a millisecond
}

type permitDoc struct {
	Document
	name          string
	use, delivery bool
	from, until   int
	onEnd         string
	endorsed      map[string]int // by authority
	ended         int
	suspended     bool
}

type lot struct {
	Document
	name         string
	stock        *stock
	want, there  int
	ready        bool
	present      bool
	certificates map[string]int // day by kind
}

// stock is the lots that nothing tells apart.
type stock struct {
	number           int
	product          *product
	site             string
	holder, supplier string
	permits          []*permitDoc
	lots             []*lot
	evidence         []any
	price            int // micro-currency for a device-hour
	watts            int // of one device, with the site's overhead
	there            int // in service
}

func (s *stock) under(p *permitDoc) bool { return slices.Contains(s.permits, p) }

func load(docs []Document, o Options) *world {
	w := &world{
		docs: docs, o: o, hours: cmp.Or(o.Hours, 24), acted: map[string]bool{}, products: map[string]*product{}, sites: map[string]Document{},
		endUsers: map[string]Document{}, ended: map[string]int{}, kinds: map[string]int{},
	}
	w.out = &Outcome{Milestones: map[string]int{}, Refused: map[string]Refusal{}, Began: map[string]int{}, Delivered: map[string]map[int]int{}, Breached: map[string]Breach{}}
	of := func(kind string, f func(name string, d Document)) {
		for _, d := range docs {
			if text(d, "kind") == kind {
				f(text(d, "metadata", "name"), d)
			}
		}
	}
	of("Scenario", func(name string, d Document) {
		if name == "base" {
			w.start, _ = time.Parse(time.DateOnly, text(d, "spec", "period", "from"))
			w.last = w.date(d, "spec", "period", "until")
		}
	})
	of("Accelerator", func(name string, d Document) { w.products[name] = newProduct(name, d) })
	of("Site", func(name string, d Document) { w.sites[name] = d })
	of("Permit", w.permit)
	w.pools()
	of("Lot", w.lot)
	of("Programme", w.programme)
	of("Job", w.job)
	return w
}

// date reads a date as a day of the period; never where there is none.
func (w *world) date(v any, path ...string) int {
	s := text(v, path...)
	if s == "" {
		return never
	}
	t, err := time.Parse(time.DateOnly, s)
	must(err, s)
	return int(t.Sub(w.start) / (time.Duration(w.hours) * time.Hour))
}

// steps reads a length that must be whole steps.
func (w *world) steps(v any, path ...string) int {
	h := hours(v, path...)
	if h%w.hours != 0 {
		panic(fmt.Errorf("%s is not a whole number of steps of %d h", text(v, path...), w.hours))
	}
	return h / w.hours
}

func newProduct(name string, d Document) *product {
	p := &product{Document: d, name: name, country: text(d, "spec", "country"), vendor: text(d, "spec", "vendor")}
	floor := func(v any, times int64, path ...string) int {
		r, ok := new(big.Rat).SetString(cmp.Or(text(v, path...), "0"))
		if !ok {
			panic(fmt.Errorf("%s: %s is not a number", name, text(v, path...)))
		}
		r.Mul(r, big.NewRat(times, 1))
		return int(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
	}
	for _, x := range list(d, "spec", "peak") {
		bits := map[string]int64{"fp4": 4, "fp8": 8, "int8": 8, "bf16": 16, "fp16": 16}[text(x, "precision")]
		p.tpp = max(p.tpp, floor(x, bits, "tera"))
		if bits == 16 {
			p.gflops = max(p.gflops, floor(x, 1, "tera"))
		}
	}
	p.bandwidth, p.memory = floor(d, 1, "spec", "bandwidth", "value"), floor(d, 1, "spec", "memory", "value")
	p.watts = floor(d, 1, "spec", "power", "value")
	return p
}

func (w *world) permit(name string, d Document) {
	p := &permitDoc{Document: d, name: name, ended: never, endorsed: map[string]int{}, onEnd: cmp.Or(text(d, "spec", "onEnd"), "hold")}
	scope := texts(d, "spec", "scope")
	p.use = len(scope) == 0 || slices.Contains(scope, "use")
	p.delivery = len(scope) == 0 || slices.Contains(scope, "delivery")
	p.from, p.until = w.date(d, "spec", "valid", "from"), w.date(d, "spec", "valid", "until")
	for _, a := range texts(d, "spec", "endorsements", "required") {
		p.endorsed[a] = never
		for _, s := range slices.Concat(list(d, "spec", "endorsements", "expected"), list(d, "spec", "endorsements", "asserted")) {
			if text(s, "by") == a {
				p.endorsed[a] = w.date(s, "on")
			}
		}
		if w.o.Muted["endorsement by "+a] {
			p.endorsed[a] = 0
		}
	}
	for _, u := range list(d, "spec", "endUsers") {
		w.endUsers[text(u, "name")] = u.(Document)
	}
	w.permits = append(w.permits, p)
	if purposes := texts(d, "spec", "purposes"); len(purposes) > 0 {
		w.clause(p, Document{"name": "purposes", "require": `job.purpose in ["` + strings.Join(purposes, `", "`) + `"]`})
	}
	for _, x := range list(d, "spec", "conditions") {
		w.clause(p, x)
	}
}

// effective is the first day of a permit: its own, and every endorsement's.
func (p *permitDoc) effective() int {
	t := p.from
	for _, e := range p.endorsed {
		t = max(t, e)
	}
	return t
}

func (w *world) lot(name string, d Document) {
	l := &lot{Document: d, name: name, want: whole(d, "spec", "quantity"), certificates: map[string]int{}}
	s := &stock{
		product: w.products[text(d, "spec", "accelerator")], site: text(d, "spec", "site"), holder: text(d, "spec", "holder"),
		supplier: text(d, "spec", "supplier"), evidence: list(d, "spec", "evidence"), price: measured("cost", cmp.Or(text(d, "spec", "pricePerHour"), "0")),
	}
	if s.product == nil {
		panic(fmt.Errorf("the stepper has no accelerator %s", text(d, "spec", "accelerator")))
	}
	for _, p := range w.permits {
		if slices.Contains(texts(d, "spec", "permits"), p.name) {
			s.permits = append(s.permits, p)
			s.holder = cmp.Or(s.holder, text(p.Document, "spec", "holder"))
		}
	}
	num, den := ratio(Document{"pue": cmp.Or(text(w.sites[s.site], "spec", "pue"), "1")}, "pue")
	s.watts = (s.product.watts*num + den - 1) / den
	same := func(o *stock) bool {
		return o.product == s.product && o.site == s.site && slices.Equal(o.permits, s.permits) && o.holder == s.holder &&
			o.supplier == s.supplier && o.price == s.price && fmt.Sprint(o.evidence) == fmt.Sprint(s.evidence)
	}
	if i := slices.IndexFunc(w.stocks, same); i >= 0 {
		s = w.stocks[i]
	} else {
		s.number = len(w.stocks)
		w.stocks = append(w.stocks, s)
	}
	l.stock, s.lots = s, append(s.lots, l)
	if l.present = at(d, "spec", "arrives") == nil; l.present {
		w.arrive(l, l.want)
		l.want = 0
	} else if w.o.Without {
		l.want = 0
	}
	for _, e := range list(d, "spec", "evidence") {
		if at(e, "takes") != nil && !l.present {
			l.certificates[text(e, "kind")] = max(0, w.date(d, "spec", "arrives")) + w.steps(e, "takes")
		}
	}
	w.lots = append(w.lots, l)
}

// arrive puts devices of a lot into service today.
func (w *world) arrive(l *lot, n int) {
	l.there += n
	l.stock.there += n
	w.arrivals = append(w.arrivals, arrival{w.day, n, l, l.stock})
	w.changes = append(w.changes, arrival{w.day, n, l, l.stock})
}
