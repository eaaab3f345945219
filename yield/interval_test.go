package yield_test

import (
	"math"
	"testing"

	"github.com/proviso-dev/proviso/yield"
)

// An interval that few groups speak to leans on the metric next to it: power in
// training on power in serving.
func TestFewGroupsLeanOnTheirKin(t *testing.T) {
	few := yield.Residuals{Metric: "nodePower", Rows: 10, Groups: 2, P10: 0.99, P50: 1, P90: 1.01}
	kin := yield.Residuals{Metric: "power", Rows: 300, Groups: 30, P10: 0.7, P50: 1, P90: 1.3}
	class := yield.Class{Metric: "nodePower", Accelerator: "h100-sxm"}
	alone, _, _ := yield.WithResiduals([]yield.Residuals{few}).Spread(class)
	low, high, _ := yield.WithResiduals([]yield.Residuals{few, kin}).Spread(class)
	if !(low < 0.9 && high > 1.1) {
		t.Errorf("two groups within 1 %%, where serving is within 30 %%: %.2f to %.2f", low, high)
	}
	if low >= alone {
		t.Errorf("%.3f with serving's errors, %.3f without", low, alone)
	}
	many := few
	many.Groups = 300
	if l, _, _ := yield.WithResiduals([]yield.Residuals{many, kin}).Spread(class); l <= low || math.Abs(l-0.99) > 0.05*0.99*2 {
		t.Errorf("three hundred groups lean on serving as two do: %.3f and %.3f", l, low)
	}
}

// What makers publish as a whole run ranges from its steps alone, as DeepSeek's
// 2.664 million hours are (180 thousand for each of 14.8 trillion tokens), to all
// that was run for it: the interval holds both, and is wider than that of steps.
func TestWholeRunsHoldTheirStepsAlone(t *testing.T) {
	p := yield.Default()
	w := yield.Work{Model: shape(t, "deepseek-v3", yield.Formats{}), Device: device(t, "h800"), Devices: 2048, Tokens: 14.8e12, Failures: yield.Usual, Method: "pretrain"}
	e, err := p.EstimateTraining(w)
	if err != nil {
		t.Fatal(err)
	}
	w.Method = "full"
	steps, err := p.EstimateTraining(w)
	if err != nil {
		t.Fatal(err)
	}
	whole := e.DeviceHours
	if whole.P50 <= steps.DeviceHours.P50 || whole.P10 >= steps.DeviceHours.P50 {
		t.Errorf("a whole run takes %+v device-hours, its steps %.3g", whole, steps.DeviceHours.P50)
	}
	if whole.P90/whole.P10 <= steps.DeviceHours.P90/steps.DeviceHours.P10 {
		t.Errorf("the interval of a whole run, %+v, is no wider than that of its steps, %+v", whole, steps.DeviceHours)
	}
	const published = 2.664e6
	if published < whole.P10 || published > whole.P90 {
		t.Errorf("%.4g device-hours were published; the interval is %+v", published, whole)
	}
}
