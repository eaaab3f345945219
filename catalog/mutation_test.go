package catalog

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/document"
)

// TestMutations breaks valid documents in many ways. Each must give errors or
// a catalog that compiles to the core's rules: what those cannot take, the
// checks must have refused.
func TestMutations(t *testing.T) {
	source := strings.ReplaceAll("---"+documents, "---\nkind:", "---\napiVersion: proviso.dev/v1alpha1\nkind:")
	if data, err := os.ReadFile("../examples/team-budgets/permits.yaml"); err == nil {
		source += "---\n" + string(data)
	}
	// Values of all sorts, put in place of one another.
	words := []string{"0", "1", "-1", "30%", "130%", "5000h", "0h", "120MW", "1e26", "1e99", "30d", "0s", "200000d", "quarter", "year", "life", "month", "2026-02-01", "2199-12-31",
		"h200", "h100", "north", "import", "ndrc", "one", "hours", "certain", "booked", "observed", "always", "available", "used", "delivery", "deliveredTPP", "power", "jobs", "energy",
		"cost", "flop", "hold", "continue", "notify", "true", "null", "[]", "{}", "x", "job.kind == \"rl\"", "{p10: 1, p50: 2, p90: 3}", "{never: 5%}", "{min: 1, max: 8}", "Asia/Shanghai", "Local"}
	random := rand.New(rand.NewPCG(3, 4))
	from, until := day(t, "2026-01-01"), day(t, "2027-01-01")
	refused, fine := 0, 0
	builtin, _ := builtinDocuments()
	for range 1500 {
		text := mutate(random, source, words)
		docs, errs := document.Read("x.yaml", []byte(text))
		set := &Set{docs: append(append([]*document.Document{}, builtin...), docs...), builtin: len(builtin)}
		c, more := set.Resolve()
		for _, e := range more {
			if e.Message == "" || e.File == "" {
				t.Errorf("an error without words or a place: %#v", e)
			}
		}
		if len(errs)+len(more) > 0 {
			refused++
			continue
		}
		fine++
		if _, err := c.Rules(from, until); err != nil {
			t.Errorf("accepted, but does not compile: %v\n%s", err, difference(source, text))
		}
	}
	if refused < 700 || fine < 50 {
		t.Errorf("%d refused and %d fine: the mutations do not try much", refused, fine)
	}
}

func day(t *testing.T, s string) calendar.Instant {
	t.Helper()
	m, err := calendar.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m.In(time.UTC)
}

// mutate replaces the value behind a colon, cuts a line or repeats one.
func mutate(random *rand.Rand, source string, words []string) string {
	lines := strings.Split(source, "\n")
	for range 1 + random.IntN(2) {
		i := random.IntN(len(lines))
		switch random.IntN(8) {
		case 0:
			lines = append(lines[:i:i], lines[i+1:]...)
		case 1:
			lines = append(lines[:i+1:i+1], lines[i:]...)
		default:
			parts := strings.Split(lines[i], ": ")
			if len(parts) < 2 {
				continue
			}
			k := 1 + random.IntN(len(parts)-1)
			end := strings.IndexAny(parts[k], ",}]")
			if end < 0 {
				end = len(parts[k])
			}
			parts[k] = words[random.IntN(len(words))] + parts[k][end:]
			lines[i] = strings.Join(parts, ": ")
		}
	}
	return strings.Join(lines, "\n")
}

func difference(a, b string) string {
	old := map[string]bool{}
	for _, l := range strings.Split(a, "\n") {
		old[l] = true
	}
	var out []string
	for _, l := range strings.Split(b, "\n") {
		if !old[l] {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}
