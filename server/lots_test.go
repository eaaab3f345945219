package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/api"
)

// TestMoveAndDispose: devices go to another site once notice was given long
// enough before, and leave the fleet; what is said of them says where they are,
// and what was seen before does not count any more.
func TestMoveAndDispose(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	move := func(more ...string) (r api.Recorded) {
		t.Helper()
		f.must("operator", "POST", "/v1/lots/first/move", api.Move{Devices: 20, To: "annex"}, &r, more...)
		return r
	}
	if v := move().Verdict; v.Outcome != "hold" || !slices.Equal(v.Because, []string{"charter/transfer-notice"}) || v.Again != nil {
		t.Errorf("without a notice: %+v", v)
	}
	notice := api.Notice{Condition: "transfer-notice", Lot: "first", Site: "annex"}
	var given api.Noticed
	f.must("operator", "POST", "/v1/permits/charter/notices", notice, &given)
	may := opening.Add(10 * 24 * time.Hour)
	if !given.Given.At.Equal(opening) || !given.Given.Leave.Equal(may) || given.Given.Notice != notice {
		t.Errorf("the notice: %+v", given.Given)
	}
	if v := move().Verdict; v.Outcome != "hold" || v.Again == nil || !v.Again.Equal(may) {
		t.Errorf("with a notice of today: %+v", v)
	}
	f.hand.pass(24 * time.Hour)
	f.must("operator", "POST", "/v1/permits/charter/notices", notice, &given)
	if !given.Given.Leave.Equal(may) {
		t.Errorf("the first notice counts: %+v", given.Given)
	}
	var p api.Permit
	f.must("auditor", "GET", "/v1/permits/charter", nil, &p)
	if len(p.Notices) != 1 || p.Notices[0] != given.Given {
		t.Errorf("the permit's notices: %+v", p.Notices)
	}
	var status api.Permit
	if f.must("maker", "GET", "/v1/permits/charter", nil, &status); len(status.Notices) > 0 {
		t.Errorf("a supplier sees notices: %+v", status.Notices)
	}
	f.hand.pass(9 * 24 * time.Hour)

	var l api.Lot
	tag := f.must("auditor", "GET", "/v1/lots/first", nil, &l).header.Get("ETag")
	if l.Delivered != 32 || !slices.Equal(l.At, []api.Standing{{Site: "hall", Devices: 32}}) {
		t.Errorf("before the move: %+v", l)
	}
	if r := move("If-Match", tag); r.Verdict.Outcome != "admit" || len(r.Effects) != 1 || r.Effects[0].Do != "move" || r.Effects[0].Devices != 20 {
		t.Errorf("free and noticed: %+v", r)
	}
	if got := f.ask("operator", "POST", "/v1/lots/first/dispose", api.Dispose{Devices: 5, From: "annex"}, "If-Match", tag); got.status != http.StatusPreconditionFailed {
		t.Errorf("a lot that has changed: %d %s", got.status, got.body)
	}
	f.must("operator", "POST", "/v1/lots/first/dispose", api.Dispose{Devices: 5, From: "annex"}, nil)
	f.must("auditor", "GET", "/v1/lots/first", nil, &l)
	if l.Site != "hall" || l.Delivered != 32 || l.Disposed != 5 || !slices.Equal(l.At, []api.Standing{{Site: "hall", Devices: 12}, {Site: "annex", Devices: 15}}) {
		t.Errorf("after it: %+v", l)
	}

	// Who follows the ledger sees which lot it is about.
	total, about := len(f.store.held()), map[string]string{}
	for _, e := range f.eventsOf("auditor", 0, total) {
		if e.Lot != "" {
			about[e.Kind] += e.Lot + e.Permit + " "
		}
	}
	if about["move"] != "first first first " || about["dispose"] != "first " || about["notice"] != "firstcharter firstcharter " {
		t.Errorf("events tell of %v", about)
	}
	for _, e := range f.eventsOf("tenant-a", 0, total) {
		if e.Lot != "" || e.Permit != "" {
			t.Errorf("a tenant sees %+v", e)
		}
	}

	// What runs on devices keeps them.
	f.must("tenant-a", "POST", "/v1/jobs", api.Submission{EndUser: "team-a", Purpose: "research", Devices: 15, For: "1h", Sites: []string{"annex"}}, nil)
	var r api.Recorded
	f.must("operator", "POST", "/v1/lots/first/dispose", api.Dispose{Devices: 1, From: "annex"}, &r)
	if r.Verdict.Outcome != "hold" || r.Verdict.Missing != "devices" || len(r.Effects) > 0 {
		t.Errorf("devices in use: %+v", r)
	}
	for _, x := range []struct {
		path string
		body any
		want int
		says string
	}{
		{"/v1/lots/first/move", api.Move{Devices: 16, From: "annex", To: "hall"}, 422, "lot first has 15 devices at annex, not 16"},
		{"/v1/lots/first/move", api.Move{Devices: 1, To: "anex"}, 404, `there is no site "anex" (did you mean "annex"?)`},
		{"/v1/lots/frist/move", api.Move{Devices: 1, To: "annex"}, 404, `did you mean "first"?`},
		{"/v1/lots/first/move", api.Move{Devices: 1, To: "hall"}, 422, "at hall already"},
		{"/v1/lots/first/dispose", api.Dispose{}, 422, "must be a whole number from 1"},
		{"/v1/permits/charter/notices", api.Notice{Condition: "large", Lot: "first", Site: "annex"}, 422, "asks for no notice"},
		{"/v1/permits/charter/notices", api.Notice{Condition: "transfer-notice", Lot: "first"}, 422, "name the site"},
		{"/v1/permits/charter/notices", api.Notice{Condition: "transfer-notce", Lot: "first", Site: "annex"}, 404, `did you mean "transfer-notice"?`},
		{"/v1/permits/charter/notices", api.Notice{Condition: "transfer-notice", Lot: "third", Site: "annex"}, 422, "lot third is not under permit charter"},
	} {
		if got := f.ask("operator", "POST", x.path, x.body); got.status != x.want || !strings.Contains(string(got.body), strings.ReplaceAll(x.says, `"`, `\"`)) {
			t.Errorf("%s %+v: %d %s, want %d …%s…", x.path, x.body, got.status, got.body, x.want, x.says)
		}
	}
	f.replay()
}

// TestLotIdempotency: what comes, moves or leaves under a key does so once,
// however often it is sent, after a restart and after the lot has changed too.
func TestLotIdempotency(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	f.must("operator", "POST", "/v1/permits/charter/notices", api.Notice{Condition: "transfer-notice", Lot: "first", Site: "annex"}, nil)
	f.hand.pass(11 * 24 * time.Hour)
	asks := []struct {
		path        string
		body, other any
	}{
		{"/v1/lots/second/receive", api.Receive{Devices: 8}, api.Receive{Devices: 9}},
		{"/v1/lots/first/move", api.Move{Devices: 20, To: "annex"}, api.Move{Devices: 19, To: "annex"}},
		{"/v1/lots/first/dispose", api.Dispose{Devices: 4, From: "annex"}, api.Dispose{Devices: 4}},
		{"/v1/lots/first/move", api.Move{Devices: 99, To: "annex"}, nil}, // refused: its key is not used up
	}
	var first []string
	for _, x := range asks[:3] {
		first = append(first, string(f.must("operator", "POST", x.path, x.body, nil, "Idempotency-Key", "k").body))
	}
	if got := f.ask("operator", "POST", asks[3].path, asks[3].body, "Idempotency-Key", "l"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("more than there are: %d %s", got.status, got.body)
	}
	f.must("operator", "POST", asks[1].path, api.Move{Devices: 1, To: "annex"}, nil, "Idempotency-Key", "l")
	for _, restarted := range []bool{false, true} {
		if restarted {
			f.restart()
		}
		entries := len(f.store.held())
		for i, x := range asks[:3] {
			if got := f.must("operator", "POST", x.path, x.body, nil, "Idempotency-Key", "k", "If-Match", "*"); string(got.body) != first[i] {
				t.Errorf("%s sent again: %s, was %s", x.path, got.body, first[i])
			}
			if got := f.ask("operator", "POST", x.path, x.other, "Idempotency-Key", "k"); got.status != http.StatusConflict {
				t.Errorf("%s with another body: %d %s", x.path, got.status, got.body)
			}
		}
		if n := len(f.store.held()) - entries; n != 0 {
			t.Errorf("%d entries were recorded for what was there already", n)
		}
	}
	f.replay()
}
