package yield

import (
	"errors"
	"fmt"
)

// Objective is what requests must meet: at least Share of them have a TTFT and
// a TPOT of at most so much, in seconds; 0 asks nothing.
type Objective struct {
	TTFT, TPOT, Share float64
}

// Met reports whether latencies meet the objective, none being refused.
func (o Objective) Met(l *Latencies) bool {
	return l.Refused == 0 &&
		(o.TTFT == 0 || Percentile(l.TTFT, o.Share) <= o.TTFT) &&
		(o.TPOT == 0 || Percentile(l.TPOT, o.Share) <= o.TPOT)
}

// FleetFor finds the fewest devices that meet an objective for a trace, by
// simulation: for each size of a copy, copies are doubled until they do, and
// halved between.
func (p *Predictor) FleetFor(d Deployment, requests []Request, o Objective, most int) (Instance, int, Latencies, error) {
	var bestIn Instance
	var best Latencies
	bestCopies := 0
	if len(requests) == 0 {
		return bestIn, 0, best, errors.New("the trace has no requests")
	}
	fits := false
	for _, in := range p.instances(d, min(most, 64)) {
		if in.Capacity(1) < 1 {
			continue
		}
		fits = true
		try := func(copies int) (bool, Latencies) {
			l, err := p.Simulate(&in, copies, requests)
			return err == nil && o.Met(&l), l
		}
		limit := most / in.Devices
		if bestCopies > 0 {
			limit = (bestIn.Devices*bestCopies - 1) / in.Devices
		}
		copies, ok := 1, false
		var l Latencies
		for copies <= limit {
			if ok, l = try(copies); ok {
				break
			}
			copies *= 2
		}
		if !ok {
			if limit < 1 {
				continue
			}
			if ok, l = try(limit); !ok {
				continue
			}
			copies = limit
		}
		low := copies / 2
		for copies-low > 1 {
			mid := (low + copies) / 2
			if good, m := try(mid); good {
				copies, l = mid, m
			} else {
				low = mid
			}
		}
		bestIn, bestCopies, best = in, copies, l
	}
	switch {
	case !fits:
		return bestIn, 0, best, p.noRoom(d, most)
	case bestCopies == 0:
		return bestIn, 0, best, fmt.Errorf("no fleet of up to %d × %s meets the objective: ask for less, or raise --most", most, d.Device.Name)
	}
	return bestIn, bestCopies, best, nil
}
