package access

// extent is how far an action reaches.
type extent int

const (
	not extent = iota
	own        // what the token's scope covers, see Identity.outside
	all
)

// line is an action with how far each role may go.
type line struct {
	operator, tenant, authority, supplier, auditor, gate extent
	action                                               Action
}

// table is who may do what. What is not in it is refused.
//
// A token only carries acts and approvals: what counts is the signature, so an
// operator may hand in what an authority sent, and forge nothing. The log's
// entries name tenants and purposes, so they are for those who may read all;
// its checkpoints and hashes show nothing of them, and witnesses need them. What
// is announced lets other work start that booked shares would refuse, so it is
// for those who answer for what comes of it.
var table = []line{
	// operator, tenant, authority, supplier, auditor, gate
	{all, own, not, not, not, own, SubmitJob},
	{all, own, own, not, all, own, SeeJob},
	{all, own, not, not, not, own, EndJob},
	{all, not, not, not, not, own, BookJob},
	{all, not, own, not, not, not, RecordAct},
	{all, not, own, not, not, not, ApproveJob},
	{all, not, own, not, not, not, AddDocument},
	{all, not, own, not, all, not, SeePermit},
	{all, not, own, own, all, not, SeePermitStatus},
	{all, not, not, not, not, not, ReceiveLot},
	{all, not, not, not, not, not, MoveLot},
	{all, not, not, not, not, not, DisposeLot},
	{all, not, not, not, not, not, GiveNotice},
	{all, not, not, not, not, all, AddEvidence},
	{all, not, not, not, not, not, FileReport},
	{all, not, not, not, all, not, ReadAll},
	{all, all, all, all, all, all, ReadTree},
	{all, not, not, not, all, not, ReadEntries},
	{all, not, not, not, all, not, ReadDisclosures},
	{all, not, not, not, all, not, ReadMetrics},
	{all, not, not, not, not, not, Manage},
}

// Actions lists the actions, in the table's order.
func Actions() []Action {
	list := make([]Action, len(table))
	for i := range table {
		list[i] = table[i].action
	}
	return list
}

func extentOf(a Action, r Role) extent {
	for i := range table {
		if table[i].action == a {
			return table[i].of(r)
		}
	}
	return not
}

func (l *line) of(r Role) extent {
	switch r {
	case Operator:
		return l.operator
	case Tenant:
		return l.tenant
	case Authority:
		return l.authority
	case Supplier:
		return l.supplier
	case Auditor:
		return l.auditor
	case Gate:
		return l.gate
	}
	return not
}
