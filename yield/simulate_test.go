package yield_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/yield"
	"pgregory.net/rapid"
)

func copyOf(t testing.TB) *yield.Instance {
	return &yield.Instance{Model: shape(t, "llama-3-1-70b", yield.Formats{}), Device: device(t, "h200"), Devices: 4, Tensor: 4, Expert: 1, Engine: yield.VLLM}
}

// arrivals draws requests of a Poisson process.
func arrivals(n int, perSecond float64, seed uint64) []yield.Request {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]yield.Request, n)
	at := 0.0
	for i := range out {
		at += r.ExpFloat64() / perSecond
		out[i] = yield.Request{At: at, Input: int32(1 + r.IntN(2000)), Output: int32(1 + r.IntN(400))}
	}
	return out
}

// Every request is answered once, none before its prompt can be read, and a
// lone request takes what the closed form says.
func TestSimulateAnswersAll(t *testing.T) {
	p, in := yield.Default(), copyOf(t)
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(r, "n")
		copies := rapid.IntRange(1, 5).Draw(r, "copies")
		requests := arrivals(n, rapid.Float64Range(0.1, 50).Draw(r, "rate"), rapid.Uint64().Draw(r, "seed"))
		l, err := p.Simulate(in, copies, requests)
		if err != nil {
			r.Fatal(err)
		}
		many := 0
		for _, q := range requests {
			if q.Output > 1 {
				many++
			}
		}
		if len(l.TTFT)+l.Refused != n || len(l.TPOT) != many {
			r.Fatalf("%d requests, %d first tokens, %d answers", n, len(l.TTFT), len(l.TPOT))
		}
		if l.TTFT[0] <= 0 || l.End < requests[n-1].At {
			r.Fatalf("TTFT %v, end %v", l.TTFT[0], l.End)
		}
	})
	one, err := p.Simulate(in, 1, []yield.Request{{At: 3, Input: 1000, Output: 500}})
	if err != nil {
		t.Fatal(err)
	}
	closed := p.Serve(in, yield.Load{Input: 1000, Output: 500, Concurrency: 1})
	if r := float64(one.TPOT[0]) / closed.TPOT; math.Abs(r-1) > 0.05 {
		t.Errorf("a lone request: TPOT %v simulated, %v in closed form", one.TPOT[0], closed.TPOT)
	}
}

// Fewer copies never serve sooner.
func TestSimulateMoreCopiesHelp(t *testing.T) {
	p, in := yield.Default(), copyOf(t)
	requests := arrivals(3000, 12, 7)
	last := math.Inf(1)
	for _, copies := range []int{1, 2, 4, 8} {
		l, err := p.Simulate(in, copies, requests)
		if err != nil {
			t.Fatal(err)
		}
		if v := yield.Percentile(l.TTFT, 0.9); v > last*1.01 {
			t.Errorf("%d copies: TTFT %v after %v", copies, v, last)
		} else {
			last = v
		}
	}
}

func TestFleetForIsTheSmallest(t *testing.T) {
	p := yield.Default()
	q := yield.Deployment{Model: shape(t, "llama-3-1-70b", yield.Formats{}), Device: device(t, "h200"), Tensor: 4}
	requests := arrivals(3000, 20, 3)
	o := yield.Objective{TTFT: 1, TPOT: 0.05, Share: 0.9}
	in, copies, l, err := p.FleetFor(q, requests, o, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if !o.Met(&l) {
		t.Error("the fleet does not meet the objective")
	}
	if copies > 1 {
		if l, err := p.Simulate(&in, copies-1, requests); err != nil || o.Met(&l) {
			t.Errorf("%d copies meet it too (%v)", copies-1, err)
		}
	}
	o.TPOT = 1e-6
	if _, _, _, err := p.FleetFor(q, requests, o, 64); err == nil || !strings.Contains(err.Error(), "no fleet of up to 64") {
		t.Errorf("an objective that nothing meets: %v", err)
	}
}

func TestReadRequests(t *testing.T) {
	for text, want := range map[string]string{
		"arrival,input,output\n0,10,20\n0.5,3,4\n":                                      "",
		"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n": "",
		"a,b\n1,2\n":                       "t.csv:1:1: the columns arrival, input and output are missing",
		"arrival,input,output\n0,0,20\n":   `t.csv:2:3: "0" is not a number of tokens`,
		"arrival,input,output\n-1,5,20\n":  `t.csv:2:1: "-1" is not a number of seconds`,
		"arrival,input,output\nNaN,5,20\n": "is not a number of seconds",
		"":                                 "t.csv",
	} {
		r, err := yield.ReadRequests(strings.NewReader(text), "t.csv")
		if want == "" && (err != nil || len(r) == 0) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func BenchmarkSimulateMillion(b *testing.B) {
	p, in := yield.Default(), copyOf(b)
	requests := arrivals(1_000_000, 100, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Simulate(in, 16, requests); err != nil {
			b.Fatal(err)
		}
	}
}
