package catalog

import (
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/fleet"
)

func accelerators(t *testing.T) map[string]fleet.Accelerator {
	t.Helper()
	entries, err := BuiltinAccelerators()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]fleet.Accelerator{}
	for _, e := range entries {
		all[e.Name] = e.Spec
	}
	return all
}

func value(f *fleet.Figure) string {
	if f == nil {
		return "–"
	}
	return f.Value.String()
}

// The rows were worked out by hand from the vendors' data sheets; – stands for
// a value that is disputed or not published.
func TestBuiltinAcceleratorsAgainstDataSheets(t *testing.T) {
	all := accelerators(t)
	rows := []struct{ name, memory, bandwidth, power, link, area, tpp, density string }{
		{"a100-sxm", "80", "2039", "400", "600", "826", "4992", "6.04"},
		{"a800-sxm", "80", "2039", "–", "400", "826", "4992", "6.04"},
		{"h100-sxm", "80", "3350", "700", "900", "814", "15832", "19.4"},
		{"h800-sxm", "80", "3350", "–", "400", "814", "15832", "19.4"},
		{"h200-sxm", "141", "4800", "700", "900", "814", "15832", "19.4"},
		{"h20-sxm", "96", "4000", "400", "900", "814", "2368", "2.91"},
		{"b200-sxm", "180", "8000", "1000", "1800", "1600", "36000", "22.5"},
		{"b300-sxm", "288", "8000", "1400", "1800", "–", "60000", "–"},
		{"mi300x", "192", "5300", "750", "896", "–", "20912", "–"},
		{"mi325x", "256", "6000", "1000", "896", "–", "20912", "–"},
		{"ascend-910b", "64", "1600", "400", "392", "–", "5120", "–"},
		{"ascend-910c", "128", "3200", "700", "784", "–", "12800", "–"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			a, ok := all[r.name]
			if !ok {
				t.Fatal("not shipped")
			}
			got := []string{value(a.Memory), value(a.Bandwidth), value(a.Power), value(a.Link), value(a.DieArea)}
			if want := []string{r.memory, r.bandwidth, r.power, r.link, r.area}; strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("got %v, want %v (memory, bandwidth, power, link, die area)", got, want)
			}
			p, err := a.Performance()
			if err != nil {
				t.Fatal(err)
			}
			if !p.TPP.IsInt() || p.TPP.Num().String() != r.tpp {
				t.Errorf("TPP: got %s, want %s", p.TPP, r.tpp)
			}
			density := "–"
			if p.Density != nil {
				_, digits, _ := strings.Cut(r.density, ".")
				density = p.Density.FloatString(len(digits))
			}
			if density != r.density {
				t.Errorf("performance density: got %s, want %s", density, r.density)
			}
		})
	}
	if len(all) != len(rows) {
		t.Errorf("%d accelerators are shipped, %d are tested", len(all), len(rows))
	}
}

func TestBuiltinAcceleratorsSayWhereValuesComeFrom(t *testing.T) {
	for name, a := range accelerators(t) {
		missing := map[string]bool{}
		for _, g := range a.Gaps {
			missing[g.Field] = true
			if g.Why == "" {
				t.Errorf("%s: gap %s has no reason", name, g.Field)
			}
		}
		for _, p := range a.Peak {
			if p.Source == "" || p.Tera.Zero() {
				t.Errorf("%s: peak %s has no value or no source", name, p.Precision)
			}
			if missing["peak."+string(p.Precision)] {
				t.Errorf("%s: peak %s is given and called missing", name, p.Precision)
			}
		}
		for field, f := range map[string]*fleet.Figure{"memory": a.Memory, "bandwidth": a.Bandwidth, "link": a.Link, "power": a.Power, "dieArea": a.DieArea} {
			switch {
			case f == nil && !missing[field]:
				t.Errorf("%s: %s has neither a value nor a reason for its absence", name, field)
			case f != nil && (missing[field] || f.Source == "" || f.Value.Zero()):
				t.Errorf("%s: %s is called missing, or has no value or source", name, field)
			}
		}
	}
}

func TestBuiltinAcceleratorNamesAreUnambiguous(t *testing.T) {
	entries, err := BuiltinAccelerators()
	if err != nil {
		t.Fatal(err)
	}
	owner := map[string]string{}
	for _, e := range entries {
		for _, n := range append([]string{e.Name}, e.Spec.Aliases...) {
			if owner[n] != "" {
				t.Errorf("%s names %s and %s", n, owner[n], e.Name)
			}
			if n != strings.ToLower(n) {
				t.Errorf("%s is not in lower case", n)
			}
			owner[n] = e.Name
		}
	}
	// No data sheet of the MI308X exists and the figures in circulation
	// disagree: shipping any would make a guess look like a fact.
	if owner["mi308x"] != "" {
		t.Error("mi308x is shipped")
	}
}
