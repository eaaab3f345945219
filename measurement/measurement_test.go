package measurement

import (
	"bytes"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/yield"
)

const shared = "../../shared/data/validation"

func published(t *testing.T) []Case {
	t.Helper()
	rows, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := Cases(rows)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestTableRoundTrip(t *testing.T) {
	rows, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteTable(&out, rows); err != nil {
		t.Fatal(err)
	}
	again, err := ReadTable(&out, "again")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(rows, again) {
		t.Error("a table that is written and read again differs")
	}
}

func TestReadTableRefuses(t *testing.T) {
	good, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteTable(&out, good[:1]); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, c := range [][3]string{
		{"kind,", "sort,", `t:1:1: column 1 is "sort", must be "kind"`},
		{"," + string(good[0].Engine) + ",", ",vlm,", `engine "vlm" is not known`},
		{"\n" + good[0].Kind + ",", "\nserve,extra,", "wrong number of fields"},
	} {
		if _, err := ReadTable(strings.NewReader(strings.Replace(text, c[0], c[1], 1)), "t"); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%q for %q: got %v, want %q", c[1], c[0], err, c[2])
		}
	}
}

// Every shipped measurement says where it stands, and is a quantity that can be.
func TestPublishedRows(t *testing.T) {
	cases := published(t)
	if len(cases) < 300 || len(cases) > 999 {
		t.Errorf("%d rows: a few hundred are meant to ship", len(cases))
	}
	for i := range cases {
		c := &cases[i]
		if c.Source == "" || !(c.Value > 0) || c.Devices < 1 {
			t.Errorf("%+v", c.Row)
		}
		if strings.Contains(c.Source, "/work") || strings.Contains(c.Source, "shared/") {
			t.Errorf("%s is a place of our own, not a source", c.Source)
		}
	}
}

// DeepSeek-R1 is V3's architecture: neither may be fitted to the other.
func TestGroupsJoinSiblings(t *testing.T) {
	b, err := newBooks()
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range [][]string{
		{"deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-V3", "nvidia/DeepSeek-R1-NVFP4", "DeepSeek V3 671B"},
		{"meta-llama/Llama-3.1-70B", "meta-llama/Llama-3.3-70B-Instruct", "LLaMA3-70B", "Llama-2-70b-hf"},
	} {
		family := ""
		for _, name := range same {
			n := b.model(name)
			if alias := nemoNames[name]; alias != "" {
				n = b.model(alias)
			}
			if n == "" {
				t.Errorf("%s is not known", name)
				continue
			}
			s, err := b.shape(n, yield.Formats{})
			if err != nil {
				t.Fatal(err)
			}
			if family == "" {
				family = s.Family
			}
			if s.Family != family {
				t.Errorf("%s is of the family %s, its sibling of %s", name, s.Family, family)
			}
		}
	}
}

// Each group of the shipped measurements is left out by exactly one fold, or
// has nothing that is fitted to.
func TestFoldsLeaveGroupsOut(t *testing.T) {
	folds := yield.Fitted().HeldOut
	left := map[string]int{}
	for _, f := range folds {
		for _, g := range f.Groups {
			left[g]++
		}
	}
	for _, c := range published(t) {
		fitted := c.Metric != ApartTTFT && c.Metric != ApartTPOT && c.Accelerator != "h800-sxm"
		if left[c.Group()] != 1 && (fitted || left[c.Group()] > 1) {
			t.Errorf("%s is left out by %d folds", c.Group(), left[c.Group()])
		}
	}
}

// The gate: held-out errors of the shipped measurements may not get worse
// than this without somebody noticing. docs/accuracy.md has the figures over
// the whole tables.
func TestAccuracy(t *testing.T) {
	scores, err := Scores(published(t), yield.Fitted())
	if err != nil {
		t.Fatal(err)
	}
	most := map[Metric]float64{TrainRate: 0.15, TPOT: 0.20, ITL: 0.14, OutputRate: 0.20, TTFT: 0.38, TrainTime: 0.20, ApartTPOT: 0.20, ApartTTFT: 1.00, PerToken: 0.20, Power: 0.18, NodePower: 0.25}
	seen := 0
	for _, s := range scores {
		if s.Accelerator != "" || s.Model != "" || s.Engine != "" {
			continue
		}
		seen++
		if s.Error > most[s.Metric] {
			t.Errorf("%s: median error %.1f %%, at most %.0f %%", s.Metric, 100*s.Error, 100*most[s.Metric])
		}
		if s.Groups >= 5 && s.Rows >= 20 && (s.Covered < 0.6 || s.Covered > 0.95) {
			t.Errorf("%s: %.0f %% of rows lie in the 80 %% interval", s.Metric, 100*s.Covered)
		}
	}
	if seen != len(Metrics()) {
		t.Errorf("%d metrics of %d are scored", seen, len(Metrics()))
	}
}

// The collected tables, where they are present: every file is understood in
// part, and predictions are finite.
func TestReadDirectory(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the collected tables are not beside the repository; the shipped ones are tested above")
	}
	rows, used, err := ReadDirectory(shared)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range used {
		if n[0] == 0 {
			t.Errorf("%s: none of %d lines is understood", name, n[1])
		}
	}
	cases, err := Cases(rows)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		if v := cases[i].Predict(yield.Default()); math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			t.Errorf("%s %s: %v", cases[i].Metric, cases[i].Group(), v)
		}
	}
}

func TestReadDirectoryRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := ReadDirectory(dir); err == nil || !strings.Contains(err.Error(), "no table of measurements") {
		t.Errorf("an empty directory: %v", err)
	}
	if err := os.WriteFile(dir+"/trtllm.csv", []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadDirectory(dir); err == nil || !strings.Contains(err.Error(), "trtllm.csv:1:1: the columns") {
		t.Errorf("other columns: %v", err)
	}
}

func TestSetting(t *testing.T) {
	for _, c := range [][3]string{
		{"agg tp=8 pp=1 dp_attn=1 moe_tp=4 moe_ep=2 bs=4; x", "tp", "8"}, {"agg tp=8 pp=1 moe_tp=4", "moe_tp", "4"},
		{"task=gpqa; tp=1 ep=1", "task", "gpqa"}, {"moe_tp=4", "tp", ""}, {"", "tp", ""},
	} {
		if got := setting(c[0], c[1]); got != c[2] {
			t.Errorf("%s in %q: got %q, want %q", c[1], c[0], got, c[2])
		}
	}
}
