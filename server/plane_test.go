package server_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
)

// restless is a clock that goes on at every look: between any two of them
// something may have come due.
type restless struct {
	mu   sync.Mutex
	now  time.Time
	step time.Duration
}

func (c *restless) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.step)
	return c.now
}

func (c *restless) Until(calendar.Instant) time.Duration { return time.Hour }
func (c *restless) Resume(calendar.Instant)              {}

// TestOneInstant: all that is under way happens at one instant, however fast
// the clock runs meanwhile. A second look at the clock would find something
// due, or another status than the one that is signed.
func TestOneInstant(t *testing.T) {
	f := &fleet{t: t, store: newMemory(), clock: &restless{now: opening, step: 10 * time.Minute}}
	f.who = f.makeTokens()
	f.serve()
	f.endorse()
	f.receive()
	for i := range 40 {
		// It ends between two looks of one of the next requests.
		length := fmt.Sprintf("%dm", 5+10*(i%7))
		f.must("tenant-a", "POST", "/v1/jobs", api.Submission{EndUser: "team-a", Purpose: "research", Devices: 1, For: length, Checkpoint: "1m"}, nil)
		f.must("maker", "GET", "/v1/permits/charter/receipt", nil, nil)
	}
	f.replay()
}
