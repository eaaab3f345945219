package receipt

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// parseStatus reads the body of an entry. It takes nothing but what a status is
// written as.
func parseStatus(body []byte) (Status, error) {
	var s Status
	if err := json.Unmarshal(body, &s, json.RejectUnknownMembers(true)); err != nil {
		return s, fmt.Errorf("not the status of a permit: %w", err)
	}
	again, err := s.append(make([]byte, 0, len(body)))
	if err != nil || !bytes.Equal(again, body) {
		return s, errors.New("not the status of a permit: it has other members")
	}
	return s, nil
}

// append writes the status in canonical form, by hand: who verifies a receipt
// writes it again.
func (s *Status) append(b []byte) ([]byte, error) {
	w := writer{b: append(b, `{"acts":[`...)}
	for i := range s.Acts {
		a := &s.Acts[i]
		w.separate(i)
		w.text(`{"act":`, a.Act)
		w.text(`,"at":`, a.At)
		w.text(`,"by":`, a.By)
		if len(a.Required) > 0 {
			w.list(`,"required":`, a.Required)
		}
		w.text(`,"signature":`, a.Signature)
		w.b = append(w.b, '}')
	}
	w.text(`],"from":`, s.From)
	w.text(`,"permit":`, s.Permit)
	w.text(`,"spec":`, s.Spec)
	w.list(`,"start":{"required":`, s.Start.Required)
	w.text(`,"spec":`, s.Start.Spec)
	w.text(`,"version":`, s.Start.Version)
	w.text(`},"state":`, s.State)
	w.text(`,"until":`, s.Until)
	w.text(`,"version":`, s.Version)
	return append(w.b, '}'), w.err
}

// writer writes JSON piece by piece.
type writer struct {
	b   []byte
	err error // a text is not UTF-8
}

func (w *writer) text(before, text string) {
	b, err := jsontext.AppendQuote(append(w.b, before...), text)
	w.b = b
	if err != nil {
		w.err = err
	}
}

func (w *writer) separate(i int) {
	if i > 0 {
		w.b = append(w.b, ',')
	}
}

func (w *writer) list(before string, list []string) {
	w.b = append(append(w.b, before...), '[')
	for i, text := range list {
		w.separate(i)
		w.text("", text)
	}
	w.b = append(w.b, ']')
}
