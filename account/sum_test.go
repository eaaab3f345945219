package account_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/proviso-dev/proviso/account"
	"pgregory.net/rapid"
)

// drawSum draws sums of every size up to 2⁹⁶, small ones often.
func drawSum(t *rapid.T, name string) account.Sum {
	switch rapid.IntRange(0, 3).Draw(t, name+" size") {
	case 0:
		return account.Of(rapid.Int64Range(-5, 5).Draw(t, name))
	case 1:
		return account.Of(rapid.Int64().Draw(t, name))
	}
	return account.Sum{Hi: rapid.Int64Range(-1<<31, 1<<31).Draw(t, name+" hi"), Lo: rapid.Uint64().Draw(t, name+" lo")}
}

// TestSumIsExact compares every operation with math/big.
func TestSumIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSum(t, "a"), drawSum(t, "b")
		n := rapid.Int64Range(1, math.MaxInt64).Draw(t, "n")
		m := rapid.Int64Range(0, 1<<30).Draw(t, "m")
		x, y := a.Big(), b.Big()
		same := func(what string, got account.Sum, want *big.Int) {
			t.Helper()
			if got.Big().Cmp(want) != 0 {
				t.Fatalf("%s: got %s, want %s", what, got, want)
			}
		}
		same("Add", a.Add(b), new(big.Int).Add(x, y))
		same("Sub", a.Sub(b), new(big.Int).Sub(x, y))
		same("Times", a.Times(m), new(big.Int).Mul(x, big.NewInt(m)))
		same("Product", account.Product(a.Int64(), b.Int64()), new(big.Int).Mul(big.NewInt(a.Int64()), big.NewInt(b.Int64())))
		if a.Cmp(b) != x.Cmp(y) || a.Less(b) != (x.Cmp(y) < 0) || a.Sign() != x.Sign() {
			t.Fatalf("compare %s with %s: Cmp %d, Less %v, Sign %d", a, b, a.Cmp(b), a.Less(b), a.Sign())
		}
		lo, hi := a, b
		if y.Cmp(x) < 0 {
			lo, hi = b, a
		}
		same("Min", a.Min(b), lo.Big())
		same("Max", a.Max(b), hi.Big())
		if back, ok := account.FromBig(x); !ok || back != a {
			t.Fatalf("FromBig(%s) = %s, %v", x, back, ok)
		}
		if a.String() != x.String() {
			t.Fatalf("String gives %s, want %s", a, x)
		}

		held := func(what string, got int64, want *big.Int) {
			t.Helper()
			if !want.IsInt64() {
				want = big.NewInt(math.MaxInt64)
			}
			if got != want.Int64() {
				t.Fatalf("%s: got %d, want %s", what, got, want)
			}
		}
		if x.Sign() >= 0 {
			q, rest := new(big.Int).QuoRem(x, big.NewInt(n), new(big.Int))
			held("Quo", a.Quo(n), q)
			same("Over", a.Over(n), q)
			up := new(big.Int).Set(q)
			if rest.Sign() > 0 {
				up.Add(up, big.NewInt(1))
			}
			held("QuoUp", a.QuoUp(n), up)
			if y.Sign() > 0 {
				held("Div", a.Div(b), new(big.Int).Quo(x, y))
			}
		} else if a.Quo(n) != 0 || a.QuoUp(n) != 0 {
			t.Fatalf("a negative sum leaves no room: Quo %d, QuoUp %d", a.Quo(n), a.QuoUp(n))
		}
		want := x
		switch {
		case x.Cmp(big.NewInt(math.MaxInt64)) > 0:
			want = big.NewInt(math.MaxInt64)
		case x.Cmp(big.NewInt(math.MinInt64)) < 0:
			want = big.NewInt(math.MinInt64)
		}
		if a.Int64() != want.Int64() {
			t.Fatalf("Int64(%s) = %d", x, a.Int64())
		}
	})
}

// TestSumsOfALargeFleet: 400,000 devices over two years, 560 MW. Device-ms fit
// int64; energy in µJ and FLOP do not, and must not wrap.
func TestSumsOfALargeFleet(t *testing.T) {
	const twoYears = 2 * 365 * 24 * 3600 * 1000
	cases := []struct {
		name string
		rate int64
		want string
	}{
		{"devices × ms", 400_000, "25228800000000000"},
		{"mW × ms, which are µJ", 560_000_000_000, "35320320000000000000000"},
		{"GFLOP at 400 GFLOP/ms per device × 1000", 400_000 * 989_000, "24951283200000000000000"},
	}
	for _, c := range cases {
		if got := account.Product(c.rate, twoYears).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	// A share's product with ten thousand needs 128 bits.
	if got := account.Product(400_000, twoYears).Times(10_000).String(); got != "252288000000000000000" {
		t.Errorf("share product: got %s", got)
	}
}
