package control_test

import (
	"math/rand"
	"regexp"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
)

var textInBody = regexp.MustCompile(`"[^"\\]*"`)

// TestHostileLedgers replays ledgers in which a few values are others, each of
// them well-formed: nothing panics, and a fact that is refused leaves what is due
// as it was.
func TestHostileLedgers(t *testing.T) {
	l := lived(t)
	values := []string{"", "0", "-1", "1", "9223372036854775807", "-9223372036854775808", "253402300799999", "10000000", "6324480000000", "charter", "first", "hall", "nobody"}
	refused, applied := 0, 0
	for seed := range int64(150) {
		r := rand.New(rand.NewSource(seed))
		// All but a few are as they were, so that what is wrong goes far.
		change := map[int]bool{}
		for range 1 + r.Intn(4) {
			change[int(seed)%10+r.Intn(len(l.entries)-10)] = true
		}
		s, audited := control.NewState(), control.NewState()
		follows := false
		for i, e := range l.entries {
			if change[i] {
				at := textInBody.FindAllIndex(e.Body, -1)
				if k := r.Intn(len(at) + 1); k < len(at) {
					e.Body = append(append(append([]byte{}, e.Body[:at[k][0]]...), '"'), append([]byte(values[r.Intn(len(values))]), e.Body[at[k][1]-1:]...)...)
				} else {
					e.At += []int64{1, 3_600_000, 400 * 86_400_000, 900 * 366 * 86_400_000}[r.Intn(4)]
				}
			}
			if calendar.Instant(e.At) < s.At() {
				e.At = int64(s.At())
			}
			if ledger.CheckCanonical(e.Body) != nil {
				continue
			}
			x, err := control.Parse(e.Kind, e.Body)
			if err != nil {
				continue
			}
			// An audit that finds something wrong follows what authorities sign.
			if follows {
				audited.Follow(e)
			} else if _, err := audited.Replay(control.Read(e, nil)); err != nil {
				follows = true
			}
			before, next, jobs := s.At(), s.Next(), s.Jobs()
			if _, err := s.Apply(calendar.Instant(e.At), x, nil); err == nil {
				applied++
			} else if refused++; s.At() != before || s.Next() != next || s.Jobs() != jobs {
				t.Fatalf("seed %d, entry %d: refused (%v), and yet something changed", seed, i, err)
			}
			s.Accounts(s.At())
			s.Permits()
			s.Lots()
			s.Duties(s.At())
			if n := s.Jobs(); n > 0 {
				s.Why(dec(n), time.UTC)
			}
		}
	}
	if refused < 100 || applied < 100 {
		t.Errorf("%d facts were refused, %d applied: the ledgers are not hostile, or nothing goes far", refused, applied)
	}
}
