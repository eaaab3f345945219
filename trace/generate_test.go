package trace

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"testing/quick"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// fleetYear is a year of jobs on 400,000 devices.
func fleetYear(t testing.TB, jobs int) GenerateSpec {
	return GenerateSpec{Jobs: jobs, From: moment(t, "2026-01-01").In(utc), Until: moment(t, "2027-01-01").In(utc), Devices: 400_000, Teams: MoreTeams(50)}
}

func TestGenerateIsDeterministicSortedAndBounded(t *testing.T) {
	check := func(seed uint64, jobs uint8, devices uint16, days uint8, teams uint8) bool {
		spec := GenerateSpec{Jobs: int(jobs) + 1, Devices: int64(devices) + 1, Teams: MoreTeams(int(teams%20) + 1)}
		spec.From = moment(t, "2026-01-05").In(utc)
		spec.Until = spec.From + calendar.Instant(days)*calendar.Instant(quantity.Day) + 1000
		a, b := Generate(seed, spec), Generate(seed, spec)
		if !reflect.DeepEqual(a, b) {
			return false
		}
		for i, j := range a.Jobs {
			if j.Submit < spec.From || j.Submit >= spec.Until || j.Runs < quantity.Minute || j.Limit < j.Runs || j.Runs > 14*quantity.Day ||
				j.Devices < 1 || j.Devices > 1024 || j.Devices&(j.Devices-1) != 0 || int64(j.Devices) > spec.Devices || int(j.Account) >= len(a.Accounts) ||
				i > 0 && (a.Jobs[i-1].Submit > j.Submit || a.Jobs[i-1].Line >= j.Line) {
				t.Logf("job %d: %+v", i, j)
				return false
			}
		}
		return a.checkSum() == nil
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 300}); err != nil {
		t.Fatal(err)
	}
}

// The bytes of a seed are part of what benchmarks and examples compare, so a
// change of the generator must be seen.
func TestGenerateIsPinned(t *testing.T) {
	tr := Generate(1, GenerateSpec{Jobs: 4, Devices: 64, From: 0, Until: calendar.Instant(quantity.Week)})
	equal(t, "jobs", show(tr), pinned)
}

func TestGenerateMeetsItsLoad(t *testing.T) {
	for _, jobs := range []int{50_000, 200_000} {
		spec := fleetYear(t, jobs)
		tr := Generate(7, spec)
		want := int64(spec.Until-spec.From) * spec.Devices / 10 * 9
		if have := tr.DeviceTime(); have < want*99/100 || have > want*101/100 {
			t.Errorf("%d jobs: %d device-hours, want %d", jobs, have/int64(quantity.Hour), want/int64(quantity.Hour))
		}
	}
	other := Generate(8, fleetYear(t, 50_000))
	if slices.Equal(other.Jobs, Generate(7, fleetYear(t, 50_000)).Jobs) {
		t.Error("two seeds give one trace")
	}
}

func TestWriteRoundTrips(t *testing.T) {
	spec := fleetYear(t, 300)
	spec.Teams[0].EndUser = `ACME "North", Ltd`
	tr := Generate(3, spec)
	tr.Jobs[5].Submit, tr.Jobs[5].Runs = tr.Jobs[5].Submit+7, tr.Jobs[5].Runs+50
	tr.Jobs[5].Limit += 50
	var b bytes.Buffer
	if err := Write(&b, tr); err != nil {
		t.Fatal(err)
	}
	back, err := Parse("t", &b, &Mapping{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "jobs", show(back), show(tr))
}

func BenchmarkGenerate(b *testing.B) {
	for name, jobs := range map[string]int{"50k": 50_000, "500k": 500_000} {
		b.Run(name, func(b *testing.B) {
			spec := fleetYear(b, jobs)
			b.ReportAllocs()
			for b.Loop() {
				Generate(1, spec)
			}
		})
	}
}

const pinned = `
1970-01-01T12:25:21 10d7h29m32s/30d ×32 team-002|production|team-002 job-0000001
1970-01-03T07:39:34 2d15h41m30s/10d ×16 team-001|research|team-001 job-0000002
1970-01-05T22:20:31 4h52m59s/12h ×32 team-002|production|team-002 job-0000003
1970-01-07T12:09:01 3d42m52s/5d ×8 team-003|evaluation|team-003 job-0000004`
