package usage

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// job is a job that was submitted and has not come to its end.
type job struct {
	number, by string
	entry      int64 // of its submission
	attributes world.Attributes
	// sealedUser is the commitment to an end user that is not disclosed;
	// sealedName says that the job's name is not.
	sealedUser string
	sealedName bool
	running    *run
}

// run is one start of a job.
type run struct {
	job *job
	// from is its start, to its end, or Never while it runs; reserved the end of
	// its reservation.
	from, to, reserved calendar.Instant
	start, end         int64 // entries; end is −1 while it runs
	parts              []part
	under              bool // some part is under the permit
	uses               []*use
}

// part is devices of one stock, with the W that each takes.
type part struct {
	lot               string // the stock's first
	accelerator, site string
	devices, watts    int64
	under             bool
}

// submit takes a job with what it says of itself.
func (h *history) submit(f *control.Submit, d *control.Disclosure) error {
	j := &job{number: f.Outcome.Job, by: f.By, entry: h.size}
	a := world.Attributes{Holder: f.Holder, Tenant: f.Tenant, Purpose: f.Purpose, Model: f.Model, Kind: f.JobKind}
	var err error
	if a.EndUser, err = d.Open("endUser", f.EndUser); err != nil {
		if !errors.Is(err, control.ErrSealed) {
			return err
		}
		j.sealedUser = f.EndUser
	}
	if a.Name, err = d.Open("name", f.Name); err != nil {
		if !errors.Is(err, control.ErrSealed) {
			return err
		}
		j.sealedName = true
	}
	limit := int64(0)
	for _, x := range []struct {
		text string
		into *int64
	}{{f.Min, &a.MinDevices}, {f.Max, &a.MaxDevices}, {f.Limit, &limit}} {
		if *x.into, err = strconv.ParseInt(x.text, 10, 64); err != nil {
			return fmt.Errorf("job %s: %w", j.number, err)
		}
	}
	hour := int64(quantity.Hour)
	a.LimitHours = (limit + hour - 1) / hour
	j.attributes = a
	h.jobs[j.number] = j
	return nil
}

// start puts a job on devices.
func (h *history) start(at calendar.Instant, e *control.Effect) error {
	j := h.jobs[e.Job]
	if j == nil {
		return fmt.Errorf("job %s starts, which is not one that waits", e.Job)
	}
	reserved, err := strconv.ParseInt(e.End, 10, 64)
	if err != nil {
		return fmt.Errorf("job %s starts with a reservation up to %q", e.Job, e.End)
	}
	r := &run{job: j, from: at, to: calendar.Never, reserved: calendar.Instant(reserved), start: h.size, end: -1}
	for _, x := range e.Parts {
		id := h.ed.stockAt(x.Lot, x.Site)
		n, err := strconv.ParseInt(x.Devices, 10, 64)
		if id < 0 || err != nil {
			return fmt.Errorf("job %s starts on %s devices of the lot %q at %q: there is no such lot there, or that is no number", e.Job, x.Devices, x.Lot, x.Site)
		}
		stock := &h.ed.rules.Stocks[id]
		under := slices.Contains(stock.Permits, h.ed.permit)
		r.parts = append(r.parts, part{lot: x.Lot, accelerator: x.Accelerator, site: x.Site, devices: n, watts: stock.Watts, under: under})
		r.under = r.under || under
	}
	j.running = r
	if r.under && !h.horizon.past(at) {
		h.runs = append(h.runs, r)
	}
	h.forget()
	for i := range r.parts {
		h.charge(r, &r.parts[i], at, every)
	}
	h.countStart(r, at)
	return nil
}

// stop takes a job off its devices; it is over.
func (h *history) stop(j *job, at calendar.Instant, _ string) {
	if r := j.running; r != nil {
		r.to, r.end = at, h.size
		for _, u := range r.uses {
			u.to, u.end = at, h.size
			u.part, u.clauses = nil, nil // these are of running work
		}
		r.uses = nil // they stand in the books
	}
	delete(h.jobs, j.number)
}

// devices is what a part uses between two instants, and the energy for it.
func (p *part) used(from, until calendar.Instant) (deviceMS, energy account.Sum) {
	ms := max(0, int64(until-from))
	return account.Product(p.devices, ms), account.Product(p.devices*p.watts, ms)
}
