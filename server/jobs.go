package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/quantity"
)

// object is a job as access judges it: whose it is and, for an authority, who
// endorses or approves under the permits that its verdict rests on.
func (c *call) object(st *control.State, j *control.Job) access.Object {
	on := access.Object{Tenant: j.Fact.Tenant}
	if c.who.Role != access.Authority {
		return on
	}
	var permits []string
	if j.Verdict != nil {
		for _, b := range j.Verdict.Because {
			permit, _, _ := strings.Cut(b.Clause, "/")
			permits = append(permits, permit)
		}
	}
	if len(j.Parts) > 0 {
		for _, l := range st.Lots() {
			if slices.ContainsFunc(j.Parts, func(p control.Part) bool { return p.Lot == l.Name }) {
				permits = append(permits, l.Permits...)
			}
		}
	}
	slices.Sort(permits)
	for _, name := range slices.Compact(permits) {
		if p, err := st.LookupPermit(name); err == nil {
			on.Authorities = append(on.Authorities, permitObject(p).Authorities...)
		}
	}
	return on
}

// ownJobs is an object that lies within the caller's scope, if jobs are for its
// role at all.
func (c *call) ownJobs() access.Object {
	on := access.Object{Authorities: []string{c.who.Scope.Authority}}
	if len(c.who.Scope.Tenants) > 0 {
		on.Tenant = c.who.Scope.Tenants[0]
	}
	return on
}

func (s *Server) submit(c *call) (any, error) {
	in := c.body.(*api.Submission)
	if t := c.who.Tenant(); t != "" && in.Tenant == "" {
		in.Tenant = t
	}
	if err := c.who.May(access.SubmitJob, access.Object{Tenant: in.Tenant, EndUser: in.EndUser, Purpose: in.Purpose, Holder: in.Holder}); err != nil {
		return nil, err
	}
	f, d, err := submission(in)
	if err != nil {
		return nil, invalid{err}
	}
	f.By = c.who.Name
	f.Idempotency = c.idempotency()
	var known *api.Job
	done, err := s.plane.Do(c.r.Context(), func(st *control.State) (control.Fact, *control.Disclosure, error) {
		if ref, ok := s.plane.keys[f.Idempotency]; ok && f.Idempotency != "" {
			j, err := st.Lookup(strconv.Itoa(int(ref) + 1))
			if err != nil {
				return nil, nil, err
			}
			if !same(j.EndUser, j.Name, j.Fact, f, in) {
				return nil, nil, &api.Problem{Title: "Conflict", Status: http.StatusConflict, Detail: "this idempotency key came with another submission, job " + j.Number}
			}
			v := jobView(j, st.Demo())
			known = &v
			return nil, nil, errKnown
		}
		if in.Booking != "" {
			if _, err := c.seenBooking(st, in.Booking); err != nil {
				return nil, nil, err
			}
		}
		return f, d, nil
	})
	if errors.Is(err, errKnown) {
		// It may have been acknowledged to nobody yet.
		err = s.plane.Read(c.r.Context(), func(*control.State, calendar.Instant) error { return nil })
		return known, err
	}
	if err != nil {
		return nil, err
	}
	c.w.Header().Set("Location", "/v1/jobs/"+done.Outcome.Job)
	out := s.submitted(in, f, done)
	return &out, nil
}

var errKnown = errors.New("it is known")

// idempotency is the hash of the caller's key, or empty: a key is its bearer's
// own.
func (c *call) idempotency() string {
	key := c.r.Header.Get("Idempotency-Key")
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(c.who.Name + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

// same reports whether what was submitted for an end user under a name is what
// is submitted now.
func same(endUser, name string, g, f *control.Submit, in *api.Submission) bool {
	return endUser == in.EndUser && name == in.Name && g.Booking == f.Booking && g.Purpose == f.Purpose && g.Holder == f.Holder && g.Tenant == f.Tenant && g.Model == f.Model &&
		g.JobKind == f.JobKind && g.Min == f.Min && g.Max == f.Max && g.Limit == f.Limit && g.Expected == f.Expected && g.Checkpoint == f.Checkpoint &&
		g.Priority == f.Priority && slices.Equal(g.Accelerators, f.Accelerators) && slices.Equal(g.Sites, f.Sites)
}

// submitted is the job as its own entry says that it is: later ones are not
// waited for.
func (s *Server) submitted(in *api.Submission, f *control.Submit, d *Done) api.Job {
	out := api.Job{Number: d.Outcome.Job, Submission: *in, DeclaredBy: f.By, Submitted: timeOf(d.At), Verdict: verdictView(d.Outcome.Verdict), Demo: s.plane.demo}
	switch d.Outcome.Verdict.Outcome {
	case "admit":
		out.State = string(control.Running)
	case "deny":
		out.State = string(control.Denied)
	case "needs-approval":
		out.State = string(control.Awaits)
	default:
		out.State = string(control.Held)
	}
	for _, e := range d.Outcome.Effects {
		if e.Do == control.Starts && e.Job == d.Outcome.Job {
			at := timeOf(d.At)
			out.Began, out.Until, out.Placement = &at, stamp(e.End), partsView(e.Parts)
		}
	}
	return out
}

// submission turns what was sent into a fact; the end user and the name are
// committed to under salts.
func submission(in *api.Submission) (*control.Submit, *control.Disclosure, error) {
	lo, hi := in.MinDevices, in.MaxDevices
	if in.Devices != 0 {
		if lo != 0 || hi != 0 {
			return nil, nil, errors.New("devices stands beside minDevices or maxDevices: give one of them")
		}
		lo, hi = in.Devices, in.Devices
	}
	if lo == 0 {
		lo = min(1, hi)
	}
	if hi == 0 {
		hi = lo
	}
	if lo < 1 {
		return nil, nil, errors.New("devices is missing: say how many devices the job takes")
	}
	f := &control.Submit{
		Accelerators: in.Accelerators, Holder: in.Holder, JobKind: in.Kind, Max: strconv.FormatInt(hi, 10), Min: strconv.FormatInt(lo, 10),
		Model: in.Model, Purpose: in.Purpose, Sites: in.Sites, Tenant: in.Tenant, Booking: in.Booking,
	}
	if in.Priority != 0 {
		f.Priority = strconv.Itoa(in.Priority)
	}
	for _, x := range []struct {
		name, text string
		into       *string
	}{{"for", in.For, &f.Limit}, {"expected", in.Expected, &f.Expected}, {"checkpoint", in.Checkpoint, &f.Checkpoint}} {
		if x.text == "" {
			continue
		}
		d, err := quantity.ParseDuration(x.text)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", x.name, err)
		}
		*x.into = strconv.FormatInt(int64(d), 10)
	}
	if f.Limit == "" {
		return nil, nil, errors.New("for is missing: say how long the job may run, such as 72h")
	}
	for _, x := range []struct{ member, text string }{{"endUser", in.EndUser}, {"name", in.Name}} {
		if len(x.text) > 253 {
			return nil, nil, fmt.Errorf("%s has %d bytes, at most 253 fit", x.member, len(x.text))
		}
	}
	return f, f.Seal(in.EndUser, in.Name, func(salt []byte) { _, _ = rand.Read(salt) }), nil
}

func (s *Server) jobs(c *call) (any, error) {
	p, err := pageOf(c, "jobs", control.JobStates())
	if err == nil {
		err = c.who.May(access.SeeJob, c.ownJobs())
	}
	if err != nil {
		return nil, err
	}
	out := api.Jobs{Jobs: []api.Job{}}
	err = s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		st.EachJob(p.first, func(j *control.Job) bool {
			switch {
			case !p.look(j.Number):
				return false
			case !p.has(string(j.State)) || c.who.May(access.SeeJob, c.object(st, j)) != nil:
				return true
			case !p.take(j.Number):
				return false
			}
			out.Jobs = append(out.Jobs, jobView(j, st.Demo()))
			return true
		})
		return nil
	})
	out.Next = p.next
	return &out, err
}

// visible finds a job that the caller may see; others are not there for it.
func (c *call) visible(st *control.State, a access.Action) (*control.Job, error) {
	j, err := st.Lookup(c.r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	if c.who.May(access.SeeJob, c.object(st, j)) != nil {
		return nil, &control.UnknownError{What: "job", Name: c.r.PathValue("number")}
	}
	if a != access.SeeJob {
		return j, c.who.May(a, c.object(st, j))
	}
	return j, nil
}

func (s *Server) job(c *call) (any, error) {
	var out api.Job
	err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		j, err := c.visible(st, access.SeeJob)
		if err == nil {
			out = jobView(j, st.Demo())
			c.w.Header().Set("ETag", etag(j))
		}
		return err
	})
	return &out, err
}

// etag is a version of a job as it stands.
func etag(j *control.Job) string {
	return fmt.Sprintf("%q", fmt.Sprintf("%s-%s-%d-%d", j.Number, j.State, j.Began, j.Ended))
}

func (s *Server) why(c *call) (any, error) {
	var out api.Why
	err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		j, err := c.visible(st, access.SeeJob)
		if err != nil {
			return err
		}
		out.Job = jobView(j, st.Demo())
		if j.State != control.Held && j.State != control.Awaits && j.State != control.Denied {
			return nil
		}
		looks, err := st.Why(j.Number, time.UTC)
		for i := range looks {
			out.Looks = append(out.Looks, lookView(&looks[i]))
		}
		return err
	})
	return &out, err
}

func (s *Server) end(c *call) (any, error) {
	done, err := s.plane.Do(c.r.Context(), func(st *control.State) (control.Fact, *control.Disclosure, error) {
		j, err := c.visible(st, access.EndJob)
		if err != nil {
			return nil, nil, err
		}
		if want := c.r.Header.Get("If-Match"); want != "" && want != "*" && want != etag(j) {
			return nil, nil, &api.Problem{Title: "Changed", Status: http.StatusPreconditionFailed, Detail: "job " + j.Number + " has changed since: it is " + string(j.State)}
		}
		f := &control.End{Job: j.Number}
		f.By = c.who.Name
		return f, nil, nil
	})
	if err != nil {
		return nil, err
	}
	return recordedView(done), nil
}

func (s *Server) approvalText(c *call) (any, error) {
	q := c.r.URL.Query()
	var out api.Canonical
	err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		if _, err := c.visible(st, access.SeeJob); err != nil {
			return err
		}
		a, err := st.NewApproval(c.r.PathValue("number"), q.Get("permit"), q.Get("condition"))
		if err != nil {
			return invalid{err}
		}
		text, err := a.Canonical()
		out.Text = string(text)
		return err
	})
	return &out, err
}

func (s *Server) approve(c *call) (any, error) {
	in := c.body.(*api.Approval)
	if err := c.who.May(access.ApproveJob, access.Object{Authority: in.By}); err != nil {
		return nil, err
	}
	done, err := s.plane.Do(c.r.Context(), func(*control.State) (control.Fact, *control.Disclosure, error) {
		f := &control.Approve{Approval: in.Approval, Signature: in.Signature}
		f.By = in.By
		return f, nil, nil
	})
	if err != nil {
		return nil, err
	}
	return recordedView(done), nil
}
