package usage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/ledger"
)

// Canonical gives the report as JSON in the canonical form of RFC 8785.
func (v *View) Canonical() ([]byte, error) { return ledger.Canonical(v) }

// SHA256 is the hash of the canonical form, in hexadecimal: what the ledger
// records when the report is filed.
func (v *View) SHA256() (string, error) {
	text, err := v.Canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// WriteJSON writes the report as JSON for reading: the members of the canonical
// form, with space between them.
func (v *View) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Hours gives device-ms as device-hours with three digits, rounded down.
func Hours(s Sum) string { return decimals(s.Sum, 3_600_000, 3) }

// KWh gives mJ as kilowatt-hours with three digits, rounded down.
func KWh(s Sum) string { return decimals(s.Sum, 3_600_000_000, 3) }

// decimals gives s ÷ unit with a number of digits behind the point.
func decimals(s account.Sum, unit int64, digits int) string {
	sign := ""
	if s.Sign() < 0 {
		sign, s = "-", account.Sum{}.Sub(s)
	}
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	text := s.Times(scale).Over(unit).String()
	for len(text) <= digits {
		text = "0" + text
	}
	whole, part := text[:len(text)-digits], text[len(text)-digits:]
	grouped := ""
	for len(whole) > 3 {
		grouped = "," + whole[len(whole)-3:] + grouped
		whole = whole[:len(whole)-3]
	}
	return sign + whole + grouped + "." + part
}

func sumOf(n int64) Sum { return Sum{account.Of(n)} }

// ReadJSON reads a report that [View.WriteJSON] wrote. Its words are not there.
func ReadJSON(text []byte) (*View, error) {
	v := new(View)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return nil, fmt.Errorf("not a report of use: %w", err)
	}
	if v.Format != Format {
		return nil, fmt.Errorf("the report has the format %q, this program reads %s", v.Format, Format)
	}
	again, err := v.Canonical()
	if err != nil {
		return nil, err
	}
	// What is read must be all that was written: the hash is over it.
	if same, err := ledger.CanonicalJSON(text); err != nil || !bytes.Equal(same, again) {
		return nil, errors.New("not a report of use: it is not as this program writes it")
	}
	return v, nil
}
