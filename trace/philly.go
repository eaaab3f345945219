package trace

// The columns of Microsoft's Philly trace of 2017 in the form of siasosp23's
// philly.csv. Its rows are not in the order of time, its limits were not
// recorded, and its clusters are the only hint at teams.
const (
	phillyTime = iota
	phillyDuration
	phillyDevices
	phillyCluster
	phillyDeviceTime
)

var phillyLayout = layout{
	format: Philly, noun: "job", sep: ',', local: true,
	columns: []column{
		{[]string{"timestamp"}, true},
		{[]string{"duration"}, true},
		{[]string{"num_gpus"}, true},
		{[]string{"cluster"}, true},
		{[]string{"gpu_time"}, false}, // duration × num_gpus: nothing new
	},
	row: phillyRow,
}

func phillyRow(p *parser) {
	submit, ok0 := p.localTime(phillyTime)
	runs, ok1 := p.seconds(phillyDuration)
	devices, ok2 := p.devices(phillyDevices)
	switch {
	case !ok0 || !ok1 || !ok2:
	case devices == 0:
		p.note(NoDevices)
	case runs == 0:
		p.note(RanNoTime)
	default:
		account := p.account(phillyCluster, p.get(phillyCluster), nil, nil)
		p.add(record{submit: submit, runs: runs, devices: devices, account: account})
	}
}
