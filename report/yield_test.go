package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/plan"
)

// The table of what devices give has each case, says what was measured, and
// puts a dash where nothing is known, on the terminal and on the page.
func TestYieldTable(t *testing.T) {
	r := &plan.Result{From: date("2026-02-01"), Until: date("2027-02-01"), NoCosts: true, Yield: []plan.Yield{
		{Phase: "lab/train", Model: "m", Kind: "pretrain", Product: "h800-sxm", Devices: 4096, Rate: [3]float64{303.6, 507, 675.1}, Days: &[3]float64{0.5, 0.7, 1.2}},
		{Phase: "lab/train", Model: "m", Kind: "pretrain", Product: "h200-sxm", Devices: 4096, Rate: [3]float64{1234.5, 5432.1, 6543.2}, Days: &[3]float64{0.4, 0.6, 1.1},
			Watts: [3]float64{489, 841.2, 1251}, PerToken: &[3]float64{1.467, 1.953, 3.261}, PerMillion: &[3]float64{0.4, 0.5512, 0.9}, Validated: true},
		{Phase: "lab/serve", Model: "m", Kind: "serve", Product: "h200-sxm", Devices: 32, Rate: [3]float64{320, 1289, 2368}, TPOT: &[3]float64{29.8, 50, 135}},
	}}
	var text, page bytes.Buffer
	Text(&text, r, false)
	if err := HTML(&page, r, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"lab/train  h800-sxm    4,096  507 [304–675]            0.7 [0.5–1.2]  -              -                -                 -               prior",
		"           h200-sxm    4,096  5,430 [1,230–6,540]      0.6 [0.4–1.1]  -              841 [489–1,250]  1.95 [1.47–3.26]  0.551 [0.4–0.9]  validated",
		"lab/serve  h200-sxm       32  1,290 [320–2,370]        -              50 [29.8–135]  -                -                 -               prior",
	} {
		if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the table lacks %q:\n%s", want, text.String())
		}
	}
	for _, want := range []string{"What does each product give?", "5,430", "[1,230–6,540]", "validated", "m, pretrain"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	r.Yield = nil
	text.Reset()
	Text(&text, r, false)
	if strings.Contains(text.String(), "What devices give") {
		t.Error("a plan without predictions has a table of them")
	}
}
