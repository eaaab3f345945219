package yield

import (
	"errors"
	"fmt"
	"math"
)

// reserve is the part of a device's memory that training may use; the rest is
// for collectives' buffers and fragments.
const reserve = 0.92

// NotFit says that a model does not fit, by how much, and on how many devices
// it would.
type NotFit struct {
	Model, Device string
	// Devices was asked for; Needed is the fewest that hold it, 0 when none do.
	Devices, Needed int
	// Missing is the memory that lacks, in bytes over all devices.
	Missing float64
}

// Error names what is missing and what would do.
func (e *NotFit) Error() string {
	s := fmt.Sprintf("%s does not fit %d × %s: %.0f GB of memory are missing", e.Model, e.Devices, e.Device, math.Ceil(e.Missing/1e9))
	if e.Needed > 0 {
		return fmt.Sprintf("%s; it fits from %d devices on", s, e.Needed)
	}
	return s + "; no number of these devices holds it"
}

// Train predicts a run with the fastest layout that fits its memory, found by
// trying them all; with less memory than that it computes activations anew.
func (p *Predictor) Train(r Run) (Trained, error) {
	if r.Devices < 1 {
		return Trained{}, errors.New("training needs at least one device")
	}
	if !(r.Sequence >= 1) || !(r.Batch > 0) {
		return Trained{}, fmt.Errorf("a step of %g sequences of %g tokens trains nothing", r.Batch, r.Sequence)
	}
	var best Trained
	least := math.Inf(1)
	for _, recompute := range []bool{r.Recompute, true} {
		r.Recompute = recompute
		p.layouts(&r, func(l Layout) {
			if need := p.trainingMemory(&r, l); need > r.Device.Memory*reserve {
				least = min(least, need)
				return
			}
			if t := p.train(&r, l); t.Rate > best.Rate {
				best = t
			}
		})
		if best.Rate > 0 && recompute {
			return best, nil
		}
	}
	if best.Rate > 0 {
		return best, nil
	}
	return best, &NotFit{
		Model: r.Model.Name, Device: r.Device.Name, Devices: r.Devices,
		Missing: (least - r.Device.Memory*reserve) * float64(r.Devices), Needed: p.fewest(r),
	}
}

// fewest is the smallest number of devices, a multiple of a domain above one,
// on which some layout fits.
func (p *Predictor) fewest(r Run) int {
	r.Recompute = true
	fits := func(n int) bool {
		r.Devices = n
		found := false
		p.layouts(&r, func(l Layout) {
			found = found || p.trainingMemory(&r, l) <= r.Device.Memory*reserve
		})
		return found
	}
	for n := 1; n <= 1<<20; n *= 2 {
		if !fits(n) {
			continue
		}
		lo, hi := n/2, n
		unit := 1
		if n > r.Device.Domain {
			unit = r.Device.Domain
		}
		for hi-lo > unit {
			mid := (lo + hi) / 2 / unit * unit
			if mid <= lo {
				break
			}
			if fits(mid) {
				hi = mid
			} else {
				lo = mid
			}
		}
		return hi
	}
	return 0
}

// layouts calls f with every layout that is worth a try: tensor parallelism
// inside a domain, pipelines that divide the layers about evenly, experts over
// powers of two.
func (p *Predictor) layouts(r *Run, f func(Layout)) {
	m, d := r.Model, r.Device
	for tensor := 1; tensor <= min(d.Domain, r.Devices); tensor *= 2 {
		if r.Devices%tensor != 0 {
			continue
		}
		for pipeline := 1; pipeline <= min(64, r.Devices/tensor, int(max(1, m.Layers))); pipeline++ {
			if r.Devices%(tensor*pipeline) != 0 || pipeline > 16 && pipeline%8 != 0 {
				continue
			}
			for context := 1; context <= 64; context *= 2 {
				if r.Devices%(tensor*pipeline*context) != 0 || context > 1 && r.Sequence/float64(context) < 2048 {
					break
				}
				data := r.Devices / (tensor * pipeline * context)
				if float64(data) > r.Batch && data > 1 {
					continue // a device would have nothing to do
				}
				p.rest(r, Layout{Tensor: tensor, Pipeline: pipeline, Context: context, Data: data}, f)
			}
		}
	}
}

// rest completes a layout: experts, micro-batches, sharding.
func (p *Predictor) rest(r *Run, l Layout, f func(Layout)) {
	experts := []int{1}
	if r.Model.MoE() {
		experts = experts[:0]
		for e := 1; e <= min(256, l.Data*l.Context*l.Tensor, int(r.Model.Experts)); e *= 2 {
			experts = append(experts, e)
		}
	}
	for _, e := range experts {
		l.Expert = e
		for micro := 1; micro <= 4; micro *= 2 {
			if micro > 1 && float64(micro*l.Data) > r.Batch {
				break
			}
			l.Micro = micro
			for _, sharded := range []bool{false, true} {
				l.Sharded = sharded
				f(l)
			}
		}
	}
}
