package control

import (
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/explanation"
)

// Look is a waiting job as it is judged at one place now, with its least size.
type Look struct {
	Accelerator, Site string
	// Devices is the least size; Free how many devices are free there.
	Devices, Free int64
	Outcome       string
	// Again is the first instant at which all conditions might let it go, to be
	// judged anew then; Never where none is known.
	Again   calendar.Instant
	Reasons []explanation.Reason
}

// Why judges a waiting job anew at every place where it may run. It is as of
// the last fact, and changes nothing. Of a job that came to its end before
// documents changed there is nothing to judge.
func (s *State) Why(number string, zone *time.Location) ([]Look, error) {
	ref, err := s.Job(number)
	if err != nil {
		return nil, err
	}
	j := s.jobs[ref]
	if j.group < 0 {
		return nil, nil
	}
	shape := s.queue.Shape(j.group)
	var out []Look
	var v decision.Verdict
	for _, o := range shape.Options {
		q := s.request(j, o.Stocks)
		free := int64(0)
		for _, st := range o.Stocks {
			x := s.world.Stock(st)
			free += x.Capacity - x.Used
		}
		decision.Judge(s.world, &q, &v)
		st := &s.rules.Stocks[o.Stocks[0]]
		l := Look{
			Accelerator: s.rules.Products[st.Product].Name, Site: s.rules.Sites[st.Site].Name,
			Devices: j.item.Min, Free: free, Outcome: v.Outcome.String(), Again: calendar.Never,
		}
		if v.Outcome != decision.Admit {
			l.Again = v.Again
		}
		for i := range v.Reasons {
			l.Reasons = append(l.Reasons, explanation.Of(s.world, &q, &v.Reasons[i], zone))
		}
		out = append(out, l)
	}
	return out, nil
}
