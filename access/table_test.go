package access

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// wholeTable is what docs/access.md says, one row for each action with the
// roles in their order: + all, o what is its own, - nothing.
var wholeTable = map[Action]string{
	SubmitJob:       "+o---o",
	SeeJob:          "+oo-+o",
	EndJob:          "+o---o",
	BookJob:         "+----o",
	RecordAct:       "+-o---",
	ApproveJob:      "+-o---",
	AddDocument:     "+-o---",
	SeePermit:       "+-o-+-",
	SeePermitStatus: "+-oo+-",
	ReceiveLot:      "+-----",
	MoveLot:         "+-----",
	DisposeLot:      "+-----",
	GiveNotice:      "+-----",
	AddEvidence:     "+----+",
	FileReport:      "+-----",
	ReadAll:         "+---+-",
	ReadTree:        "++++++",
	ReadEntries:     "+---+-",
	ReadDisclosures: "+---+-",
	ReadMetrics:     "+---+-",
	Manage:          "+-----",
}

// mine and theirs are an object within and outside the scopes of identities.
var (
	mine   = Object{Tenant: "team-a", EndUser: "bank", Purpose: "research", Holder: "labs", Authority: "miit", Authorities: []string{"bis", "miit"}, Suppliers: []string{"chips"}}
	theirs = Object{Tenant: "team-b", EndUser: "army", Purpose: "military", Holder: "mills", Authority: "bis", Authorities: []string{"bis"}, Suppliers: []string{"fabs"}}
)

func identity(r Role) Identity {
	id := Identity{Name: string(r) + "-1", Role: r}
	switch r {
	case Tenant, Gate:
		id.Scope = Scope{Tenants: []string{"team-a"}, EndUsers: []string{"bank"}, Purposes: []string{"research"}, Holder: "labs"}
	case Authority:
		id.Scope.Authority = "miit"
	case Supplier:
		id.Scope.Supplier = "chips"
	}
	return id
}

func TestWholeTable(t *testing.T) {
	if len(Actions()) != len(wholeTable) {
		t.Errorf("the table has %d actions, this test %d", len(Actions()), len(wholeTable))
	}
	for _, a := range Actions() {
		for i, r := range Roles() {
			want := wholeTable[a][i]
			id := identity(r)
			if got := id.May(a, mine) == nil; got != (want != '-') {
				t.Errorf("%s, %s on its own: %v, must be %c", r, a, id.May(a, mine), want)
			}
			if got := id.May(a, theirs) == nil; got != (want == '+') {
				t.Errorf("%s, %s on another's: %v, must be %c", r, a, id.May(a, theirs), want)
			}
			// What is not known is nobody's own.
			if got := id.May(a, Object{}) == nil; got != (want == '+') {
				t.Errorf("%s, %s on something unknown: %v, must be %c", r, a, id.May(a, Object{}), want)
			}
			// A scope that was lost opens nothing.
			if id := (Identity{Name: "x", Role: r}); want != '+' && id.May(a, Object{}) == nil || want == 'o' && id.May(a, mine) == nil {
				t.Errorf("%s without a scope may %s", r, a)
			}
		}
		if err := (Identity{Name: "x", Role: "king"}).May(a, mine); err == nil {
			t.Errorf("a role that does not exist may %s", a)
		}
	}
	if err := identity(Operator).May("conquer", mine); err == nil {
		t.Error("an operator may do what is not in the table")
	}
	if err := Demo().May(Manage, Object{}); err != nil {
		t.Error(err)
	}
}

// TestRefusals: what is outside a scope is refused with its reason, which
// tells nothing but what the asker has stated.
func TestRefusals(t *testing.T) {
	with := func(change func(*Object)) Object {
		o := mine
		change(&o)
		return o
	}
	gate := identity(Gate)
	gate.Scope = Scope{Tenants: []string{Any}, EndUsers: []string{Any}, Purposes: []string{"research"}}
	for _, c := range []struct {
		name string
		id   Identity
		do   Action
		on   Object
		want string
	}{
		{"a tenant submits for another", identity(Tenant), SubmitJob, with(func(o *Object) { o.Tenant = "team-b" }), "tenant tenant-1 may not submit job: the job is another tenant's"},
		{"a tenant declares an end user outside its list", identity(Tenant), SubmitJob, with(func(o *Object) { o.EndUser = "army" }), `may not declare the end user "army"`},
		{"a tenant declares no end user", identity(Tenant), SubmitJob, with(func(o *Object) { o.EndUser = "" }), `may not declare the end user ""`},
		{"a tenant writes its end user otherwise", identity(Tenant), SubmitJob, with(func(o *Object) { o.EndUser = "Bank" }), `may not declare the end user "Bank"`},
		{"a tenant declares a purpose outside its list", identity(Tenant), SubmitJob, with(func(o *Object) { o.Purpose = "military" }), `may not declare the purpose "military"`},
		{"a tenant uses another holder's devices", identity(Tenant), SubmitJob, with(func(o *Object) { o.Holder = "mills" }), "devices of labs alone"},
		{"a tenant with a holder leaves it open", identity(Tenant), SubmitJob, with(func(o *Object) { o.Holder = "" }), "devices of labs alone"},
		{"a tenant sees another's job", identity(Tenant), SeeJob, theirs, "another tenant's"},
		{"a tenant ends another's job", identity(Tenant), EndJob, theirs, "another tenant's"},
		{"a tenant names itself with the star", identity(Tenant), SubmitJob, with(func(o *Object) { o.Tenant = Any }), "another tenant's"},
		{"a tenant reads the log's entries", identity(Tenant), ReadEntries, mine, "not for the role tenant"},
		{"a gate declares a purpose outside its list", gate, SubmitJob, theirs, `may not declare the purpose "military"`},
		{"a gate names no tenant", gate, SeeJob, Object{}, "another tenant's"},
		{"an authority acts for another", identity(Authority), RecordAct, theirs, "authority authority-1 may not record act: it acts for miit alone"},
		{"an authority approves for another", identity(Authority), ApproveJob, theirs, "it acts for miit alone"},
		{"an authority reads a permit that is not its own", identity(Authority), SeePermit, theirs, "miit has no part in it"},
		{"a supplier reads another's permit", identity(Supplier), SeePermitStatus, theirs, "chips does not deliver under it"},
		{"a supplier reads the whole of its permit", identity(Supplier), SeePermit, mine, "not for the role supplier"},
		{"a supplier sees a job", identity(Supplier), SeeJob, mine, "not for the role supplier"},
		{"an auditor submits", identity(Auditor), SubmitJob, mine, "not for the role auditor"},
		{"an auditor makes tokens", identity(Auditor), Manage, Object{}, "not for the role auditor"},
	} {
		err := c.id.May(c.do, c.on)
		var r *Refusal
		if !errors.As(err, &r) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, must be refused with %q", c.name, err, c.want)
		}
	}
	if err := gate.May(SubmitJob, Object{Tenant: "new", EndUser: "anyone", Purpose: "research"}); err != nil {
		t.Errorf("a gate for all tenants: %v", err)
	}
}

// TestDocumentedTable holds the table in docs/access.md against the one that
// counts.
func TestDocumentedTable(t *testing.T) {
	text, err := os.ReadFile("../docs/access.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[byte]string{'+': "yes", 'o': "own", '-': "–"}
	for _, a := range Actions() {
		row := "| `" + string(a) + "` |"
		for i := range wholeTable[a] {
			row += " " + words[wholeTable[a][i]] + " |"
		}
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/access.md has not the row\n%s", row)
		}
	}
}
