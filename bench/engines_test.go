package bench

import "testing"

// engine is one way to decide; prepare gives a function that converts a
// request and decides on it.
type engine struct {
	name    string
	prepare func(t testing.TB, terms Terms) func(*Request) bool
}

// engines are compared in this order; names are those of the table.
var engines = []engine{
	{"hand-written", func(_ testing.TB, terms Terms) func(*Request) bool {
		h := newHand(terms)
		return func(r *Request) bool { return h.failed(r) == 0 }
	}},
	{"proviso", prepareProviso},
	{"cel-go", prepareCEL},
	{"cedar-go", prepareCedar},
	{"opa", prepareOPA},
}

// TestEnginesAgree compares answers before times: a fast engine that decides
// something else is not in the race.
func TestEnginesAgree(t *testing.T) {
	h := newHand(Permit)
	requests := Requests(50)
	seen := 0
	for _, r := range requests {
		seen |= h.failed(&r)
	}
	if seen != 1<<6-1 || h.failed(&Allow) != 0 || h.failed(&Deny) != FailAttestation {
		t.Fatalf("the requests do not try every condition: %06b", seen)
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			decide := e.prepare(t, Permit)
			if decide == nil {
				t.Fatal("the engine decides nothing")
			}
			for i, r := range requests {
				if have, want := decide(&r), h.failed(&r) == 0; have != want {
					t.Errorf("request %d %+v: %v, want %v (failed: %06b)", i, r, have, want, h.failed(&r))
				}
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, e := range engines {
		decide := e.prepare(b, Permit)
		if decide == nil {
			continue
		}
		for _, c := range []struct {
			name    string
			request Request
			want    bool
		}{{"allow", Allow, true}, {"deny", Deny, false}} {
			b.Run(e.name+"/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if decide(&c.request) != c.want {
						b.Fatal("the answer changed")
					}
				}
			})
		}
	}
}
