package server

import (
	"sync"
	"time"

	"github.com/proviso-dev/proviso/calendar"
)

// Clock gives the control plane its time.
type Clock interface {
	Now() time.Time
	// Until is how long the machine waits until the clock gives an instant.
	Until(t calendar.Instant) time.Duration
	// Resume tells it the instant of the last fact on record.
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

// DemoClock starts at an instant and runs at a speed.
type DemoClock struct {
	mu    sync.Mutex
	from  time.Time // what it gave
	began time.Time // at this instant of the machine
	speed float64
}

// NewDemoClock makes a clock that gives from now, and runs speed times as fast
// as the machine's.
func NewDemoClock(from time.Time, speed float64) *DemoClock {
	return &DemoClock{from: from, began: time.Now(), speed: speed}
}

// Now is the simulated present.
func (c *DemoClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.from.Add(time.Duration(float64(time.Since(c.began)) * c.speed))
}

// Until is how long the machine waits until the clock gives an instant.
func (c *DemoClock) Until(t calendar.Instant) time.Duration {
	return time.Duration(float64(t.Time(time.UTC).Sub(c.Now())) / c.speed)
}

// Resume goes on from the last fact on record, if that is later.
func (c *DemoClock) Resume(last calendar.Instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := last.Time(time.UTC); t.After(c.from) {
		c.from, c.began = t, time.Now()
	}
}
