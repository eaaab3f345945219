package quantity

import "testing"

func TestAmountExact(t *testing.T) {
	for _, c := range []struct {
		text string
		unit Unit
		want string
	}{
		{"1979", Count, "1979/1"},
		{"3.35", Count, "67/20"},
		{"1.5k", Count, "1500/1"},
		{"1e-3", Count, "1/1000"},
		{"0.5MW", Watt, "500000/1"},
		{"1FLOP", GigaFLOP, "1/1000000000"},
	} {
		a, err := ParseAmount(c.text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.Exact(c.unit)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.text, c.unit, got, c.want)
		}
	}
	power, _ := ParseAmount("120MW")
	if _, err := power.Exact(Count); err == nil {
		t.Error("120MW as a count: no error")
	}
	if got, err := (Amount{}).Exact(Watt); err != nil || got.Sign() != 0 {
		t.Errorf("unset amount: got %v, %v", got, err)
	}
}
