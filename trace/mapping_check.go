package trace

import (
	"fmt"
	"slices"

	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/quantity"
)

// Fault is one thing that is wrong with a mapping, by the path of its field.
type Fault struct {
	Path, Message string
	// Hint says what was probably meant; empty where that is not known.
	Hint string
}

// Check finds what is wrong with a mapping beyond the form of its fields. The
// paths start at the spec: "accounts[2].match".
func (m *Mapping) Check() []Fault {
	var faults []Fault
	fault := func(path, format string, args ...any) {
		faults = append(faults, Fault{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	if _, err := m.location(); err != nil {
		fault("timeZone", "%q is not the name of a time zone: write an IANA name such as Europe/Berlin", m.TimeZone)
	}
	if f := m.factor(); f.Num < f.Den {
		fault("limit.factor", "%s is less than 1: a limit is at least as long as the job ran", decimalOf(f))
	} else if f.Num > 1000*f.Den {
		fault("limit.factor", "%s is more than 1000", decimalOf(f))
	}
	if m.Limit.Default < 0 {
		fault("limit.default", "a limit is longer than zero")
	}
	for i, c := range m.Capacity {
		path := fmt.Sprintf("capacity[%d]", i)
		if n, err := c.Devices.Int64(quantity.Count); c.Lot != "" && (c.Accelerator != "" || c.Site != "" || c.Devices.String() != "") {
			fault(path, "names a lot and a product at a site: write one of them")
		} else if c.Lot == "" && (c.Accelerator == "" || c.Site == "") {
			fault(path, "write a lot, or accelerator, site and devices")
		} else if c.Lot == "" && (err != nil || n <= 0) {
			fault(path+".devices", "write a number of devices, such as 1248")
		}
	}
	for i, r := range m.Accounts {
		path := fmt.Sprintf("accounts[%d]", i)
		for _, f := range []struct{ name, text string }{{"endUser", r.EndUser}, {"purpose", r.Purpose}, {"tenant", r.Tenant}} {
			checkPattern(f.text, path+"."+f.name, fault)
		}
		if r.Match == "" {
			fault(path+".match", "is empty: write an account, or * for any")
		}
		if r.EndUser == "" || r.Purpose == "" {
			fault(path, "endUser and purpose are both required")
		}
	}
	o := m.Otherwise
	switch {
	case o.Action != "" && (o.Action != refuse || o.set()):
		fault("otherwise", "write refuse, or endUser and purpose")
	case o.set() && (o.EndUser == "" || o.Purpose == ""):
		fault("otherwise", "endUser and purpose are both required")
	}
	for _, f := range []struct{ name, text string }{{"endUser", o.EndUser}, {"purpose", o.Purpose}, {"tenant", o.Tenant}} {
		checkPattern(f.text, "otherwise."+f.name, fault)
	}
	return faults
}

// Known are the names that a mapping may refer to.
type Known struct{ Lots, Sites, Accelerators, Holders []string }

// CheckNames finds lots, sites, products and a holder that no document has.
func (m *Mapping) CheckNames(known *Known) []Fault {
	var faults []Fault
	check := func(path, what, name string, names []string) {
		if name != "" && !slices.Contains(names, name) {
			faults = append(faults, Fault{path, fmt.Sprintf("there is no %s %q in the documents", what, name), spelling.Hint(name, names)})
		}
	}
	check("holder", "holder", m.Holder, known.Holders)
	for i, c := range m.Capacity {
		path := fmt.Sprintf("capacity[%d]", i)
		check(path+".lot", "lot", c.Lot, known.Lots)
		check(path+".site", "site", c.Site, known.Sites)
		check(path+".accelerator", "accelerator", c.Accelerator, known.Accelerators)
	}
	return faults
}
