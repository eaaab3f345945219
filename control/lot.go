package control

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/internal/spelling"
)

func (s *State) lot(name string) (int32, error) {
	for i := range s.rules.Lots {
		if s.rules.Lots[i].Name == name {
			return int32(i), nil
		}
	}
	var all []string
	for i := range s.rules.Lots {
		all = append(all, s.rules.Lots[i].Name)
	}
	return 0, &UnknownError{What: "lot", Name: name, Hint: spelling.Hint(name, all)}
}

func (f *Receive) check(s *State) (err error) {
	if s.world == nil {
		return errNotOpen
	}
	if err := checkKey(f.Idempotency); err != nil {
		return err
	}
	if f.lot, err = s.lot(f.Lot); err != nil {
		return err
	}
	if f.n, err = strconv.ParseInt(f.Devices, 10, 64); err != nil || f.n < 1 || f.n > mostDevices {
		return fmt.Errorf("devices is %q, must be a whole number from 1 to %d", f.Devices, mostDevices)
	}
	return nil
}

func (f *Receive) apply(s *State) {
	decision.Deliver(s.world, f.lot, f.n, &s.verdict)
	v := &s.verdict
	n := max(0, min(f.n, v.Largest))
	s.judged.job, s.judged.all = -1, s.judged.all[:0]
	s.judged.note(-1, &decision.Request{First: worldPart(s, f.lot, f.n)}, v)
	out := &Verdict{Outcome: v.Outcome.String(), Devices: decimal(n), Because: s.because(v), Hash: s.hash(s.judged.all)}
	if v.Outcome != decision.Admit && v.Again > s.at && v.Again < calendar.Never {
		out.Again = decimal(v.Again)
	}
	s.out.Verdict = out
	if n > 0 {
		s.arrive(f.lot, n)
	}
	s.rest[f.lot] += f.n - n
}

// arrive puts devices into service.
func (s *State) arrive(lot int32, n int64) {
	s.deliver(lot, n)
	s.effect(Effect{Do: Arrives, Lot: s.rules.Lots[lot].Name, Devices: decimal(n)})
}

func (s *State) deliver(lot int32, n int64) {
	s.world.Deliver(lot, n)
	s.holdings[holding{s.rules.Lots[lot].Name, s.rules.Sites[s.rules.Stocks[s.rules.Lots[lot].Stock].Site].Name}] += n
}

// deliverWaiting tries what waits for room, in document order, until nothing
// moves: one lot's arrival can make room for another. It reports whether the
// entry had room for all.
func (s *State) deliverWaiting() bool {
	for moved := true; moved; {
		moved = false
		for lot, rest := range s.rest {
			if rest == 0 {
				continue
			}
			if s.full() {
				return false
			}
			decision.Deliver(s.world, int32(lot), rest, &s.verdict)
			if n := min(rest, s.verdict.Largest); n > 0 {
				s.arrive(int32(lot), n)
				s.rest[lot] -= n
				moved = true
			}
		}
	}
	return true
}

func (f *Evidence) check(s *State) (err error) {
	if s.world == nil {
		return errNotOpen
	}
	if f.lot, err = s.lot(f.Lot); err != nil {
		return err
	}
	k := slices.Index(s.rules.EvidenceKinds, f.Evidence)
	if k < 0 {
		return &UnknownError{What: "condition that asks for evidence of the kind", Name: f.Evidence, Hint: spelling.Hint(f.Evidence, s.rules.EvidenceKinds)}
	}
	f.kind, f.stock = int32(k), s.rules.Lots[f.lot].Stock
	if f.Site != "" {
		if _, err := s.site(f.Site); err != nil {
			return err
		}
		if f.stock = s.stockAt(f.lot, f.Site); f.stock < 0 {
			return fmt.Errorf("lot %s has no devices at %s", f.Lot, f.Site)
		}
	}
	if f.Certificate != "" && f.Certificate != "true" {
		return fmt.Errorf("certificate is %q, must be true or left out", f.Certificate)
	}
	if f.SHA256 != "" {
		if b, err := hex.DecodeString(f.SHA256); err != nil || len(b) != 32 {
			return fmt.Errorf("sha256 is %q, must be 64 hexadecimal digits", f.SHA256)
		}
	}
	return nil
}

func (f *Evidence) apply(s *State) {
	if f.Certificate == "true" {
		s.world.Certify(f.lot, f.kind)
		return
	}
	s.world.See(f.stock, f.kind, false)
}
