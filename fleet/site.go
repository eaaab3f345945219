package fleet

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// Site is a place where devices stand.
type Site struct {
	// What the site is.
	Description string `json:"description,omitempty"`
	// The country, as ISO 3166-1 alpha-2.
	Country string `json:"country" doc:"required"`
	// The time zone of the site, as an IANA name; UTC when absent.
	TimeZone string `json:"timeZone,omitempty"`
	// The power that the site can draw, cooling included, such as 120MW.
	Power quantity.Amount `json:"power,omitempty"`
	// Power usage effectiveness: all power over the power of the computers, such as 1.3.
	PUE quantity.Ratio `json:"pue,omitempty"`
	// Free attributes that predicates may read as site.labels["name"].
	Labels map[string]string `json:"labels,omitempty"`
	// Whether this is law, reported or assumed.
	Basis Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Lot is a delivered or expected quantity of one product at one site under
// named permits.
type Lot struct {
	// What the lot is.
	Description string `json:"description,omitempty"`
	// The product, by its name in the catalogue, such as h200-sxm.
	Accelerator string `json:"accelerator" doc:"required"`
	// The site where the devices stand or will stand.
	Site string `json:"site" doc:"required"`
	// How many devices.
	Quantity quantity.Distribution[quantity.Amount] `json:"quantity" doc:"required"`
	// The permits that cover the devices; all of them bind.
	Permits []string `json:"permits,omitempty"`
	// Who holds the devices; by default the holder of the permits.
	Holder string `json:"holder,omitempty"`
	// Who delivers.
	Supplier string `json:"supplier,omitempty"`
	// When the supply is there; absent for devices in service from the start.
	Arrives quantity.Distribution[calendar.Moment] `json:"arrives,omitempty"`
	// What still takes time once every permit has taken effect: testing, shipping, installation, one after the other.
	Leads []Lead `json:"leads,omitempty"`
	// The evidence that is collected about the devices.
	Evidence []EvidencePractice `json:"evidence,omitempty"`
	// The price of one device for an hour, in the currency of the cost limits.
	PricePerHour quantity.Amount `json:"pricePerHour,omitempty"`
	// Whether this is law, reported or assumed.
	Basis Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Lead is a step between the permits' effect and the devices' arrival.
type Lead struct {
	// What the step is, such as testing or shipping.
	Name string `json:"name" doc:"required"`
	// How long it takes.
	Takes quantity.Distribution[quantity.Duration] `json:"takes" doc:"required"`
	// Whether this is law, reported or assumed.
	Basis Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// EvidencePractice says how evidence about a lot comes in: again and again
// while the devices are there, or once before the delivery.
type EvidencePractice struct {
	// The kind of evidence that a condition asks for, such as location or test-certificate.
	Kind string `json:"kind" doc:"required"`
	// How often it is renewed once the devices are there.
	Every quantity.Duration `json:"every,omitempty"`
	// For evidence asked for before delivery: how long after the supply date it is there.
	Takes quantity.Distribution[quantity.Duration] `json:"takes,omitempty"`
	// Times in which none comes in.
	Gaps []Gap `json:"gaps,omitempty"`
}

// Gap is a time without evidence.
type Gap struct {
	// When the gap starts.
	From quantity.Distribution[calendar.Moment] `json:"from" doc:"required"`
	// How long it lasts.
	For quantity.Distribution[quantity.Duration] `json:"for" doc:"required"`
}

// Basis says how firmly a statement stands.
type Basis string

// The bases that a figure or a clause may have.
const (
	Law      Basis = "law"
	Reported Basis = "reported"
	Assumed  Basis = "assumed"
)

// Enum lists the bases.
func (Basis) Enum() []string { return []string{"law", "reported", "assumed"} }
