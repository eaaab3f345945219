package server

import (
	"math"
	"sync"
	"time"

	"github.com/proviso-dev/proviso/calendar"
)

// Clock gives the control plane its time.
type Clock interface {
	Now() time.Time
	// Until is how long the machine waits until the clock gives an instant.
	Until(t calendar.Instant) time.Duration
	// Resume tells it the instant of the last fact on record, when the control
	// plane is open.
	Resume(last calendar.Instant)
}

// WallClock is the machine's clock.
type WallClock struct{}

// Now is the present.
func (WallClock) Now() time.Time { return time.Now() }

// Until is how far an instant lies ahead.
func (WallClock) Until(t calendar.Instant) time.Duration { return time.Until(t.Time(time.UTC)) }

// Resume does nothing: the wall goes on by itself.
func (WallClock) Resume(calendar.Instant) {}

// DemoClock starts at an instant and runs at a speed. It stands still until the
// control plane is open.
type DemoClock struct {
	mu    sync.Mutex
	from  time.Time // what it gave
	began time.Time // at this instant of the machine; zero while it stands still
	speed float64
}

// NewDemoClock makes a clock that begins with from, and runs speed times as fast
// as the machine's.
func NewDemoClock(from time.Time, speed float64) *DemoClock {
	return &DemoClock{from: from, speed: speed}
}

// Now is the simulated present.
func (c *DemoClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began.IsZero() {
		return c.from
	}
	return c.from.Add(time.Duration(float64(time.Since(c.began)) * c.speed))
}

// Until is how long the machine waits until the clock gives an instant.
func (c *DemoClock) Until(t calendar.Instant) time.Duration {
	wait := float64(t.Time(time.UTC).Sub(c.Now())) / c.speed
	if wait >= math.MaxInt64 {
		return math.MaxInt64 // at a slow speed it is longer than can be said
	}
	return time.Duration(wait)
}

// Resume lets it run, from the last fact on record if that is later.
func (c *DemoClock) Resume(last calendar.Instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := last.Time(time.UTC); t.After(c.from) {
		c.from = t
	}
	c.began = time.Now()
}
