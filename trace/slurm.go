package trace

import (
	"bytes"

	"github.com/proviso-dev/proviso/quantity"
)

// The columns of sacct --parsable2. Times are local to the cluster and carry
// no zone: the mapping's timeZone says which.
const (
	slurmID = iota
	slurmSubmit
	slurmElapsed
	slurmAlloc
	slurmReq
	slurmState
	slurmLimit
	slurmStart
	slurmUser
	slurmAccount
	slurmPartition
)

var slurmLayout = layout{
	format: Slurm, noun: "job", sep: '|', local: true,
	columns: []column{
		{[]string{"JobID", "JobIDRaw"}, true},
		{[]string{"Submit"}, true},
		{[]string{"Elapsed", "ElapsedRaw"}, true},
		{[]string{"AllocTRES", "ReqTRES"}, true},
		{[]string{"ReqTRES"}, false},
		{[]string{"State"}, false},
		{[]string{"Timelimit", "TimelimitRaw"}, false},
		{[]string{"Start"}, false},
		{[]string{"User"}, false},
		{[]string{"Account"}, false},
		{[]string{"Partition"}, false},
	},
	row: slurmRow,
}

func slurmRow(p *parser) {
	id := p.get(slurmID)
	if len(id) == 0 {
		p.fail(slurmID, "is empty")
		return
	}
	// 123.batch, 123.extern and 123.0 run inside 123; 123_4 and 123+0 are jobs.
	if bytes.IndexByte(id, '.') >= 0 {
		p.note(SkippedStep)
		return
	}
	if p.slurmPending() {
		p.note(NeverStarted)
		return
	}
	devices, part, ok0 := p.slurmDevices()
	if ok0 && devices == 0 {
		p.note(NoDevices)
		return
	}
	submit, ok1 := p.localTime(slurmSubmit)
	runs, ok2 := slurmSpan(p.get(slurmElapsed), quantity.Second)
	if !ok2 {
		p.fail(slurmElapsed, "%q is not an elapsed time: sacct writes 1-02:03:04", clip(p.get(slurmElapsed)))
	}
	limit, ok3 := p.slurmLimit()
	if !ok0 || !ok1 || !ok2 || !ok3 {
		return
	}
	if runs == 0 {
		p.note(RanNoTime)
		return
	}
	if part {
		p.note(PartOfDevice)
	}
	switch string(p.slurmState()) {
	case "RUNNING", "SUSPENDED", "COMPLETING", "STOPPED":
		p.note(StillRunning)
	}
	account := p.account(slurmAccount, p.get(slurmAccount), p.get(slurmUser), p.get(slurmPartition))
	p.add(record{submit: submit, runs: runs, limit: limit, devices: devices, account: account, id: id})
}

// slurmState is the first word of the state: "CANCELLED by 1000" is CANCELLED.
func (p *parser) slurmState() []byte {
	state, _, _ := bytes.Cut(p.get(slurmState), []byte{' '})
	return bytes.TrimRight(state, "+") // sacct cuts long states off with a +
}

// slurmPending reports whether a job never started: it is still waiting, or
// was cancelled or revoked while it waited.
func (p *parser) slurmPending() bool {
	switch string(p.slurmState()) {
	case "PENDING", "REQUEUE_HOLD", "SPECIAL_EXIT", "REVOKED":
		return true
	}
	return p.at[slurmStart] >= 0 && missing(p.get(slurmStart))
}

// missing reports whether Slurm wrote a field for nothing.
func missing(b []byte) bool {
	switch string(b) {
	case "", "Unknown", "None", "N/A", "INVALID":
		return true
	}
	return false
}

// slurmDevices counts the devices that a job was given or, where that is
// empty, asked for; part tells that it shares one.
func (p *parser) slurmDevices() (n int64, part, ok bool) {
	col := slurmAlloc
	if len(p.get(slurmAlloc)) == 0 && p.at[slurmReq] >= 0 {
		col = slurmReq
	}
	n, part, bad := tresDevices(p.get(col))
	if bad != nil {
		p.fail(col, "%q is not a number of devices", clip(bad))
		return 0, false, false
	}
	return n, part, true
}

// slurmLimit reads the time limit: 0 when there is none.
func (p *parser) slurmLimit() (quantity.Duration, bool) {
	b := p.get(slurmLimit)
	switch string(b) {
	// Partition_Limit says that the partition's limit held, not which it was.
	case "UNLIMITED", "Partition_Limit":
		return 0, true
	}
	if missing(b) {
		return 0, true
	}
	limit, ok := slurmSpan(b, quantity.Minute)
	if !ok {
		p.fail(slurmLimit, "%q is not a time limit: sacct writes 1-00:00:00, minutes, UNLIMITED or Partition_Limit", clip(b))
	}
	return limit, ok
}
