package api

import "time"

// Lot is a lot as it stands.
type Lot struct {
	Name        string `json:"name"`
	Accelerator string `json:"accelerator"`
	// Site is where its devices come.
	Site     string   `json:"site"`
	Holder   string   `json:"holder,omitempty"`
	Supplier string   `json:"supplier,omitempty"`
	Permits  []string `json:"permits,omitempty"`
	// Quantity is how many its document says that there are or come: the middle,
	// where that is uncertain.
	Quantity int64 `json:"quantity,omitzero"`
	// Delivered is all that ever went into service.
	Delivered int64 `json:"delivered"`
	// Waiting is what has come and waits for room under its permits.
	Waiting int64 `json:"waiting,omitzero"`
	// Disposed is what has left the fleet for good.
	Disposed int64 `json:"disposed,omitzero"`
	// At is where those in the fleet stand now: at Site, until they move.
	At []Standing `json:"at,omitempty"`
}

// Standing is devices of a lot at a site.
type Standing struct {
	Site    string `json:"site"`
	Devices int64  `json:"devices"`
}

// Lots is all lots that the caller may see.
type Lots struct {
	Lots []Lot `json:"lots"`
}

// Receive says how many devices have come.
type Receive struct {
	Devices int64 `json:"devices"`
}

// Move says that devices of a lot are to go to another site: all of them, or
// none.
type Move struct {
	Devices int64 `json:"devices"`
	// From is the site where they stand; the lot's own when absent.
	From string `json:"from,omitempty"`
	// To is the site where they go.
	To string `json:"to"`
}

// Dispose says that devices of a lot are to leave the fleet for good: all of
// them, or none.
type Dispose struct {
	Devices int64 `json:"devices"`
	// From is the site where they stand; the lot's own when absent.
	From string `json:"from,omitempty"`
}

// Notice is the notice that a duty asks for before devices of a lot go to a
// site, or leave the fleet.
type Notice struct {
	// Condition is the duty's name.
	Condition string `json:"condition"`
	Lot       string `json:"lot"`
	// Site is where the devices will go; out of the fleet when absent.
	Site string `json:"site,omitempty"`
}

// Given is a notice that is on record.
type Given struct {
	Notice
	// At is when it was given first.
	At time.Time `json:"at"`
	// Leave is the first instant at which it lets the devices go.
	Leave time.Time `json:"leave"`
}

// Noticed is a notice that was recorded, with what counts from now on.
type Noticed struct {
	Recorded
	Given Given `json:"given"`
}

// Evidence about a lot's devices.
type Evidence struct {
	// Kind is attestation, location, inventory, test-certificate, …
	Kind string `json:"kind"`
	// Certificate: evidence about the lot before its delivery.
	Certificate bool `json:"certificate,omitzero"`
	// Site is where the devices stand; the lot's own when absent.
	Site string `json:"site,omitempty"`
	// SHA256 is the hash of the evidence itself, which is kept elsewhere.
	SHA256 string `json:"sha256,omitempty"`
}
