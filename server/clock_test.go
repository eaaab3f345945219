package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/server"
)

// evidenceOf gives a fact that follows from nothing and leads to nothing.
func evidenceOf(n int) func(*control.State) (control.Fact, *control.Disclosure, error) {
	return func(*control.State) (control.Fact, *control.Disclosure, error) {
		f := &control.Evidence{Lot: "first", Evidence: "attestation", SHA256: fmt.Sprintf("%064x", n)}
		control.Stated(f, "operator")
		return f, nil, nil
	}
}

// TestJumpBack: a clock that jumps back is on record, once; no entry bears an
// earlier instant than the one before it, and nothing that has happened is
// undone.
func TestJumpBack(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	f.must("operator", "POST", "/v1/jobs", api.Submission{EndUser: "team-a", Purpose: "research", Devices: 4, For: "1h", Checkpoint: "1m"}, nil)
	f.hand.pass(2 * time.Hour)
	var j api.Job
	f.must("operator", "GET", "/v1/jobs/1", nil, &j)
	if j.State != "stopped" {
		t.Fatalf("job 1 is %s after its limit", j.State)
	}
	ended := *j.Ended
	before := len(f.store.held())
	f.hand.pass(-90 * time.Minute) // when the job ran
	for range 3 {
		f.must("operator", "GET", "/v1/jobs/1", nil, &j)
	}
	if j.State != "stopped" || !j.Ended.Equal(ended) {
		t.Errorf("after a jump back job 1 is %s, ended at %s; it had ended at %s", j.State, j.Ended, ended)
	}
	f.must("operator", "POST", "/v1/jobs", api.Submission{EndUser: "team-a", Purpose: "research", Devices: 4, For: "10h", Checkpoint: "1m"}, &j)
	if j.Began == nil || j.Began.Before(ended) {
		t.Errorf("job 2 began at %v, in the past that was over at %s", j.Began, ended)
	}
	kinds := f.kinds(before)
	if kinds != "clock submit" {
		t.Errorf("recorded: %s, want one entry of the clock and the submission", kinds)
	}
	f.hand.pass(3 * time.Hour) // past the instant of the last entry
	f.must("operator", "POST", "/v1/lots/first/evidence", api.Evidence{Kind: "attestation"}, nil)
	f.hand.pass(-2 * time.Hour) // and back again
	f.must("operator", "POST", "/v1/lots/first/evidence", api.Evidence{Kind: "attestation"}, nil)
	if kinds := f.kinds(before); kinds != "clock submit evidence clock evidence" {
		t.Errorf("recorded: %s, want an entry of the clock for each jump", kinds)
	}
	at := int64(0)
	for i, r := range f.store.held() {
		e, err := ledger.Decode(r.Data)
		if err != nil {
			t.Fatal(err)
		}
		if e.At < at {
			t.Errorf("entry %d bears an earlier instant than the one before", i)
		}
		at = e.At
	}
	f.replay()
}

// kinds are those of the entries from one on.
func (f *fleet) kinds(from int) string {
	f.t.Helper()
	var all []string
	for _, r := range f.store.held()[from:] {
		e, err := ledger.Decode(r.Data)
		if err != nil {
			f.t.Fatal(err)
		}
		all = append(all, e.Kind)
	}
	return strings.Join(all, " ")
}

// counting is the machine's clock, and how often it was asked.
type counting struct {
	mu   sync.Mutex
	asks int
}

func (c *counting) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asks++
	return time.Now()
}
func (c *counting) Until(t calendar.Instant) time.Duration { return time.Until(t.Time(time.UTC)) }
func (c *counting) Resume(calendar.Instant)                {}

// inSimulatedTime is a fleet of 32 devices under a permit without conditions,
// for the time at which synctest begins.
func inSimulatedTime(t *testing.T) []*document.Document {
	return parsed(t, `
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec:
  vendor: example
  peak: [{precision: bf16, tera: 1000, source: example}]
  memory: {value: 80, source: example}
  power: {value: 700, source: example}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 32}]
  valid: {from: 1999-01-01, until: 2010-01-01, timeZone: UTC}
  conditions: []
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: hall, quantity: 32, permits: [charter]}
`)
}

// TestByItself: in time that is simulated, a job that is held starts when its
// time comes, at the very instant and with nobody asking, and one that runs
// ends at its limit. In between nothing looks but what watches for a clock that
// was set.
func TestByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{t: t, store: newMemory()}
		clock := new(counting)
		signer, verifier, public := logKey(t)
		ctx, cancel := context.WithCancel(t.Context())
		plane, err := server.OpenPlane(ctx, server.PlaneOptions{
			Store: f.store, Signer: signer, Verifier: verifier, Key: public, Clock: clock, Documents: inSimulatedTime(t),
		})
		if err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		running.Go(func() {
			if err := plane.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		s := server.New(plane, server.NoTokens{}, slog.New(slog.DiscardHandler))
		submit := func(body string) {
			r := httptest.NewRequest("POST", "http://127.0.0.1/v1/jobs", strings.NewReader(body))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != 201 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		submit(`{"devices": 32, "for": "100h", "checkpoint": "1h"}`)
		submit(`{"devices": 32, "for": "50h", "checkpoint": "1h"}`) // held: there are no more devices
		synctest.Wait()
		clock.mu.Lock()
		asked := clock.asks
		clock.mu.Unlock()
		began := time.Now()
		time.Sleep(99 * time.Hour)
		synctest.Wait()
		before := len(f.store.held())
		clock.mu.Lock()
		looks := clock.asks - asked
		clock.mu.Unlock()
		if most := 3 * 99 * 60; looks > most {
			t.Errorf("the clock was asked %d times in 99 hours in which nothing is due: something polls", looks)
		}
		time.Sleep(52 * time.Hour)
		synctest.Wait()
		var starts, stops string
		for _, r := range f.store.held()[before:] {
			e, err := ledger.Decode(r.Data)
			if err != nil {
				t.Fatal(err)
			}
			after := time.UnixMilli(e.At).Sub(began).Round(time.Second)
			if strings.Contains(string(e.Body), `"do":"start"`) {
				starts += after.String() + " "
			}
			if strings.Contains(string(e.Body), `"do":"stop"`) {
				stops += after.String() + " "
			}
			if e.Kind != "tick" {
				t.Errorf("an entry of the kind %s was recorded by nobody", e.Kind)
			}
		}
		if starts != "100h0m0s " || stops != "100h0m0s 150h0m0s " {
			t.Errorf("started at %s, stopped at %s; want the start of job 2 and the end of job 1 at 100h, the end of job 2 at 150h", starts, stops)
		}
		cancel()
		running.Wait()
		f.replay()
	})
}

// TestSlowClock: what lies far ahead of a slow clock is far away, and not due.
func TestSlowClock(t *testing.T) {
	c := server.NewDemoClock(opening, 0.000001)
	if wait := c.Until(calendar.Of(opening.AddDate(1, 0, 0))); wait < 24*time.Hour {
		t.Errorf("a year at a millionth of the speed is over in %s", wait)
	}
}
