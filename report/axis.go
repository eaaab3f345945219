package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// tick is a labelled place on an axis, in percent of its length.
type tick struct {
	At    float64
	Label string
	// Minor ticks lose their label where the page is narrow.
	Minor bool
	// Anchor keeps labels at the ends inside the chart.
	Anchor string
}

// maxTicks is how many dates fit on an axis of a wide page.
const maxTicks = 9

// span maps times to percent of an axis.
type span struct{ from, until time.Time }

func (s span) at(t time.Time) float64 {
	whole := s.until.Sub(s.from)
	if whole <= 0 {
		return 0
	}
	return min(100, max(0, 100*float64(t.Sub(s.from))/float64(whole)))
}

// ticks puts dates on the first days of months, or on days in spans of less
// than three months.
func (s span) ticks() []tick {
	if !s.until.After(s.from) {
		return nil
	}
	if s.until.Sub(s.from) < 92*24*time.Hour {
		return s.dayTicks()
	}
	for _, step := range []int{1, 2, 3, 4, 6, 12, 24, 60, 120} {
		var ticks []tick
		y, m, _ := s.from.Date()
		first := time.Date(y, time.Month((int(m)-1)/step*step+1), 1, 0, 0, 0, 0, s.from.Location())
		for t := first; !t.After(s.until); t = t.AddDate(0, step, 0) {
			if !t.Before(s.from) {
				ticks = append(ticks, tick{At: s.at(t), Label: t.Format("2006-01")})
			}
		}
		if len(ticks) <= maxTicks {
			return finish(ticks)
		}
	}
	return nil
}

func (s span) dayTicks() []tick {
	days := int(s.until.Sub(s.from).Hours()/24) + 1
	step := (days + maxTicks - 1) / maxTicks
	var ticks []tick
	y, m, d := s.from.Date()
	for i := 0; ; i += step {
		t := time.Date(y, m, d+i, 0, 0, 0, 0, s.from.Location())
		if t.After(s.until) {
			return finish(ticks)
		}
		if !t.Before(s.from) {
			ticks = append(ticks, tick{At: s.at(t), Label: t.Format("01-02")})
		}
	}
}

func finish(ticks []tick) []tick {
	for i := range ticks {
		ticks[i].Minor = i%2 == 1
		switch {
		case ticks[i].At < 2:
			ticks[i].Anchor = "start"
		case ticks[i].At > 98:
			ticks[i].Anchor = "end"
		default:
			ticks[i].Anchor = "middle"
		}
	}
	return ticks
}

// roundStep gives a step of 1, 2, 2.5 or 5 times a power of ten that divides reach
// into at most n parts.
func roundStep(reach float64, n int) float64 {
	if reach <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(reach/float64(n))))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power*float64(n) >= reach*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// short writes a round number of an axis: 20k, 1.5M.
func short(v float64) string {
	unit := ""
	for _, u := range []string{"k", "M", "G"} {
		if math.Abs(v) < 1000 {
			break
		}
		v, unit = v/1000, u
	}
	s := strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64) + unit
	return strings.Replace(s, "-", "−", 1)
}

// number writes a coordinate: two decimals are finer than a pixel.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}
