package trace

import "github.com/proviso-dev/proviso/calendar"

// The columns of the pod list of Alibaba's cluster-trace-gpu-v2023 (openb).
// Times are seconds from an unnamed start. Pods share devices: a part of one
// (gpu_milli below 1000) counts as a whole one, since permits count devices.
// The quality of service is all that tells the pods' owners apart.
const (
	openbName = iota
	openbDevices
	openbMilli
	openbQoS
	openbCreated
	openbDeleted
	openbScheduled
)

var openbLayout = layout{
	format: Openb, noun: "pod", sep: ',',
	columns: []column{
		{[]string{"name"}, true},
		{[]string{"num_gpu"}, true},
		{[]string{"gpu_milli"}, true},
		{[]string{"qos"}, true},
		{[]string{"creation_time"}, true},
		{[]string{"deletion_time"}, true},
		{[]string{"scheduled_time"}, true},
	},
	row: openbRow,
}

func openbRow(p *parser) {
	devices, ok := p.devices(openbDevices)
	if !ok {
		return
	}
	if devices == 0 {
		p.note(NoDevices)
		return
	}
	if len(p.get(openbScheduled)) == 0 {
		p.note(NeverStarted)
		return
	}
	created, ok0 := p.seconds(openbCreated)
	scheduled, ok1 := p.seconds(openbScheduled)
	deleted, ok2 := p.seconds(openbDeleted)
	milli, ok3 := p.devices(openbMilli)
	switch {
	case !ok0 || !ok1 || !ok2 || !ok3:
	case scheduled < created:
		p.fail(openbScheduled, "is before the pod was created")
	case deleted < scheduled:
		p.fail(openbDeleted, "is before the pod was scheduled")
	case deleted == scheduled:
		p.note(RanNoTime)
	default:
		if milli > 0 && milli < 1000 {
			p.note(PartOfDevice)
		}
		account := p.account(openbQoS, p.get(openbQoS), nil, nil)
		p.add(record{submit: calendar.Instant(created), runs: deleted - scheduled, devices: devices, account: account, id: p.get(openbName)})
	}
}
