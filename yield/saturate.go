package yield

import (
	"errors"
	"fmt"
	"math"
)

// Saturate predicts one copy that is given as many requests as it can take with
// a TPOT of at most so many seconds: what a fleet delivers for each device under
// load. Of the copies of at most d.Devices it takes the one that gives the most
// tokens for each device; of d.Load only the lengths count.
func (p *Predictor) Saturate(d Deployment, tpot float64) (Deployed, error) {
	var best Deployed
	if !(tpot > 0) {
		return best, errors.New("each output token takes some time: say how much at most")
	}
	d.Load.Concurrency = 1
	if err := d.Load.Check(); err != nil {
		return best, err
	}
	fits, fastest := false, math.Inf(1)
	for _, in := range p.instances(d, d.Devices) {
		most := math.Floor(in.Capacity(d.Load.Input + d.Load.Output))
		if most < 1 {
			continue
		}
		fits = true
		serve := func(concurrency float64) Served {
			l := d.Load
			l.Concurrency = concurrency
			return p.Serve(&in, l)
		}
		one := serve(1)
		if fastest = min(fastest, one.TPOT); one.TPOT > tpot {
			continue
		}
		low, high := 1.0, most+1 // TPOT grows with the requests in flight
		for high-low > 1 {
			if mid := math.Floor((low + high) / 2); serve(mid).TPOT <= tpot {
				low = mid
			} else {
				high = mid
			}
		}
		if s := serve(low); best.Copies == 0 || s.OutputRate/float64(in.Devices) > best.OutputRate/float64(best.Instance.Devices) {
			best.Served, best.Instance, best.Copies = s, in, 1
		}
	}
	switch {
	case !fits:
		return best, p.noRoom(d, d.Devices)
	case best.Copies == 0:
		return best, fmt.Errorf("no copy of %s on %s gives a token every %.3g ms: one request alone takes %.3g ms", d.Model.Name, d.Device.Name, 1e3*tpot, 1e3*fastest)
	}
	d.Devices = best.Instance.Devices
	p.around(&best, d)
	return best, nil
}
