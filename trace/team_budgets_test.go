package trace

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/proviso-dev/proviso/quantity"
)

var update = flag.Bool("update", false, "write the example's trace anew")

const teamBudgets = "../examples/team-budgets/"

// teamBudgetsSpec is how examples/team-budgets/jobs.csv is made: three teams
// that together want a tenth more than there is, so that budgets decide who
// waits.
func teamBudgetsSpec(t testing.TB) GenerateSpec {
	return GenerateSpec{
		Jobs: 600, From: moment(t, "2026-01-05").In(utc), Until: moment(t, "2026-04-06").In(utc),
		Devices: 128, MostDevices: 64, MostRuns: 5 * quantity.Day, MostLimit: quantity.Week, Load: quantity.Ratio{Num: 110, Den: 100},
		Teams: []Team{
			{Account{"vision", "research", "vision"}, 30},
			{Account{"vision", "production", "vision"}, 12},
			{Account{"language", "research", "language"}, 28},
			{Account{"language", "production", "language"}, 8},
			{Account{"robotics", "research", "robotics"}, 22},
		},
	}
}

func TestTeamBudgetsTraceIsGenerated(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Generate(2026, teamBudgetsSpec(t))); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(teamBudgets+"jobs.csv", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(teamBudgets + "jobs.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, b.Bytes()) {
		t.Error("examples/team-budgets/jobs.csv is not what its seed gives: go test ./trace -run TeamBudgets -update")
	}
}

func mappingFile(t testing.TB, file string) *Mapping {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ReadMapping(file, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTeamBudgets(t *testing.T) {
	m := mappingFile(t, teamBudgets+"jobs.mapping.yaml")
	tr, err := Read(teamBudgets+"jobs.csv", m)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, tr, teamBudgetsGolden)
	if m.Capacity[0].Lot != "cluster" {
		t.Errorf("capacity %+v", m.Capacity)
	}
	hours := map[string]int64{}
	for _, j := range tr.Jobs {
		hours[tr.AccountOf(j).EndUser] += int64(j.Devices) * int64(j.Runs) / int64(quantity.Hour)
	}
	for _, team := range []string{"vision", "language", "robotics"} {
		if h := hours[team]; h < 48_000 {
			t.Errorf("team %s wants %d device-hours: too few for a budget to matter", team, h)
		}
	}
}

func TestPhillyMapping(t *testing.T) {
	m := mappingFile(t, teamBudgets+"philly/philly.mapping.yaml")
	tr, err := Read(shared(t, "philly-2017/philly.csv"), m)
	if err != nil {
		t.Fatal(err)
	}
	// The capacity is assumed from the peak; the mapping must say the true one.
	peak, _ := tr.Peak()
	if have, err := m.Capacity[0].Devices.Int64(quantity.Count); err != nil || have != (peak+7)/8*8 {
		t.Errorf("capacity %d, peak %d, %v", have, peak, err)
	}
	if len(tr.Accounts) != 12 {
		t.Errorf("%d accounts: %v", len(tr.Accounts), tr.Accounts)
	}
}

const teamBudgetsGolden = "600 rows, 600 jobs, 5 accounts, 307282 device-hours, peak 427, 2026-01-05 00:57:16 to 2026-04-09 15:04:38"
