package fleet

import (
	"testing"

	"github.com/proviso-dev/proviso/quantity"
)

func amount(t *testing.T, s string) quantity.Amount {
	t.Helper()
	a, err := quantity.ParseAmount(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sheet builds a data sheet from pairs of format and rate.
func sheet(t *testing.T, area, bandwidth string, rates ...string) Accelerator {
	t.Helper()
	var a Accelerator
	for i := 0; i < len(rates); i += 2 {
		a.Peak = append(a.Peak, Peak{Precision: Precision(rates[i]), Tera: amount(t, rates[i+1])})
	}
	if area != "" {
		a.DieArea = &Figure{Value: amount(t, area)}
	}
	if bandwidth != "" {
		a.Bandwidth = &Figure{Value: amount(t, bandwidth)}
	}
	return a
}

func TestPerformance(t *testing.T) {
	for _, c := range []struct {
		name      string
		sheet     Accelerator
		tpp       string
		density   string
		precision Precision
	}{
		{"fp8 beats bf16 when the data sheet rounds", sheet(t, "814", "", "bf16", "989", "fp8", "1979"), "15832/1", "19.4496", "fp8"},
		{"fp4 counts like any format", sheet(t, "1600", "", "fp4", "9000", "fp8", "4500"), "36000/1", "22.5000", "fp4"},
		{"fp4 may be the highest", sheet(t, "", "", "fp4", "15000", "fp8", "4500"), "60000/1", "", "fp4"},
		{"a decimal rate stays exact", sheet(t, "100", "", "bf16", "989.4"), "79152/5", "158.3040", "bf16"},
		{"the first of equals is named", sheet(t, "", "", "int8", "624", "bf16", "312"), "4992/1", "", "int8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := c.sheet.Performance()
			if err != nil {
				t.Fatal(err)
			}
			if p.TPP.String() != c.tpp || p.Precision != c.precision {
				t.Errorf("got TPP %s at %s, want %s at %s", p.TPP, p.Precision, c.tpp, c.precision)
			}
			switch {
			case p.Density == nil && c.density != "":
				t.Errorf("got no density, want %s", c.density)
			case p.Density != nil && p.Density.FloatString(4) != c.density:
				t.Errorf("got density %s, want %s", p.Density.FloatString(4), c.density)
			}
		})
	}
}

func TestPerformanceRefuses(t *testing.T) {
	for name, a := range map[string]Accelerator{
		"no rate":        {},
		"unknown format": sheet(t, "", "", "fp6", "1"),
		"wrong unit":     sheet(t, "", "", "fp8", "1MW"),
		"no area":        sheet(t, "0", "", "fp8", "1"),
	} {
		if _, err := a.Performance(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWholeTPPRoundsUp(t *testing.T) {
	for rate, want := range map[string]int64{"989.4": 15831, "989": 15824} {
		p, err := sheet(t, "", "", "bf16", rate).Performance()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.WholeTPP(); err != nil || got != want {
			t.Errorf("%s at bf16: got %d, %v, want %d", rate, got, err, want)
		}
	}
}

func TestBitsKnowsEveryPrecision(t *testing.T) {
	for _, p := range Precision("").Enum() {
		if _, err := Precision(p).Bits(); err != nil {
			t.Error(err)
		}
	}
}
