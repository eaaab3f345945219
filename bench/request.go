// Package bench compares how long policy engines take for one decision: the
// same six conditions, the same requests, the same answers. It is a module of
// its own, so that the engines are no dependency of Proviso.
//
// Each engine gets a Request as a Go struct and must convert it to its own
// form within the measured time, as a server would have to. What does not
// change from one request to the next (the policy, the lists) is prepared.
package bench

import (
	"fmt"
	"math/rand/v2"
)

// Hour and Day are milliseconds, as all times here.
const (
	Hour = int64(3_600_000)
	Day  = 24 * Hour
)

// Request asks whether a job may run now.
type Request struct {
	Site     string
	Purpose  string
	EndUser  string
	Hours    int64 // device-hours that the job takes to its limit
	Used     int64 // device-hours used in the month so far
	Now      int64 // ms since 1970
	Attested int64 // when the devices were last attested, ms since 1970
}

// Terms are what the permit says: the same for all requests.
type Terms struct {
	Sites       []string
	Purposes    []string
	Listed      []string // end users that are refused
	Quota       int64    // device-hours in a month
	From, Until int64    // the permit's time, half-open
	MaxAge      int64    // of an attestation
}

// Permit is what every engine decides on: five sites, six purposes, a thousand
// listed end users.
var Permit = Terms{
	Sites:    []string{"beijing-1", "shanghai-2", "guizhou-1", "ulanqab-3", "hangzhou-1"},
	Purposes: []string{"pretrain", "finetune", "evaluation", "serving", "research", "national-programme"},
	Listed:   listed(1000),
	Quota:    5_000_000,
	From:     1_770_652_800_000, // 2026-02-10T00:00+08:00
	Until:    1_833_724_800_000, // 2028-02-09T00:00+08:00
	MaxAge:   Day,
}

func listed(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("listed-entity-%04d", i)
	}
	return all
}

// Allow is a request that meets all conditions; Deny fails the last one alone,
// the attestation's age, so that no engine can stop early.
var (
	Allow = Request{Site: "hangzhou-1", Purpose: "national-programme", EndUser: "example-labs", Hours: 12_288, Used: 3_000_000, Now: Permit.From + 40*Day, Attested: Permit.From + 40*Day - 6*Hour}
	Deny  = func() Request { r := Allow; r.Attested = r.Now - 25*Hour; return r }()
)

// The six conditions, as bits of what failed.
const (
	FailSite = 1 << iota
	FailPurpose
	FailEndUser
	FailQuota
	FailTime
	FailAttestation
)

// Requests gives n requests that fail each condition about one time in eight,
// on the bounds too. The first two are Allow and Deny.
func Requests(n int) []Request {
	r := rand.New(rand.NewPCG(1, 2))
	one := func(of int) bool { return r.IntN(of) == 0 }
	all := []Request{Allow, Deny}
	for len(all) < n {
		q := Allow
		q.Site, q.Purpose = Permit.Sites[r.IntN(5)], Permit.Purposes[r.IntN(6)]
		q.EndUser = fmt.Sprintf("tenant-%d", r.IntN(100))
		q.Used = r.Int64N(Permit.Quota - q.Hours)
		q.Now = Permit.From + r.Int64N(Permit.Until-Permit.From)
		q.Attested = q.Now - r.Int64N(Permit.MaxAge)
		if one(8) {
			q.Site = "frankfurt-1"
		}
		if one(8) {
			q.Purpose = "military"
		}
		if one(8) {
			q.EndUser = Permit.Listed[r.IntN(1000)]
		}
		if one(8) {
			q.Used = Permit.Quota - q.Hours + r.Int64N(2) // the bound, and one beyond
		}
		if one(8) {
			q.Now = []int64{Permit.From - 1, Permit.From, Permit.Until - 1, Permit.Until}[r.IntN(4)]
			q.Attested = q.Now
		}
		if one(8) {
			q.Attested = q.Now - Permit.MaxAge + r.Int64N(2) // the bound, and one within
		}
		all = append(all, q)
	}
	return all[:n]
}
