package trace

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

func moment(t testing.TB, s string) calendar.Moment {
	t.Helper()
	m, err := calendar.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// anyone maps every account to itself, so that tables see what was read.
func anyone() *Mapping {
	return &Mapping{Otherwise: Otherwise{EndUser: "{account}", Purpose: "{partition}", Tenant: "{user}"}}
}

// utc names the zone of the tables.
var utc = time.UTC

// show writes a trace line by line: submit runs limit devices account id.
func show(tr *Trace) string {
	var b strings.Builder
	for _, j := range tr.Jobs {
		a := tr.AccountOf(j)
		fmt.Fprintf(&b, "%s %s/%s ×%d %s|%s|%s %s\n", j.Submit.Time(utc).Format("2006-01-02T15:04:05"), j.Runs, j.Limit, j.Devices, a.EndUser, a.Purpose, a.Tenant, tr.ID(j))
	}
	return b.String()
}

func remarks(n Notes) string {
	var b strings.Builder
	for _, r := range n.Remarks {
		fmt.Fprintf(&b, "%s\n", r.Text)
	}
	return b.String()
}

func equal(t *testing.T, what, have, want string) {
	t.Helper()
	if strings.TrimSpace(have) != strings.TrimSpace(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, have, want)
	}
}

func TestSlurm(t *testing.T) {
	data, err := os.ReadFile("testdata/sacct.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := anyone()
	m.TimeZone = "Europe/Berlin"
	tr, err := Parse("sacct.txt", bytes.NewReader(data), m)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "jobs", show(tr), `
2026-03-01T22:50:00 18h55m/7d ×8 robotics|gpu|kofi 418199
2026-03-02T07:14:11 4h6m41s/8h ×8 vision|gpu|mara 418201
2026-03-02T07:20:00 12h7s/12h7s ×4 language|gpu|jun 418202_1
2026-03-02T07:20:00 1h34m20s/12h ×4 language|gpu|jun 418202_2
2026-03-02T08:00:00 2d1h1m2s/3d ×64 robotics|gpu|ines 418240+0
2026-03-02T10:00:00 1h30m/3h ×16 vision|gpu|mara 418260
2026-03-02T10:30:00 1h/2h ×8 ops|gpu|root 418271
2026-03-02T11:00:00 45m/1h ×1 language|shared|li 418280
2026-03-02T12:00:00 10m/4h ×32 language|gpu|li 418285
2026-03-02T13:10:01 3h/4h ×32 language|gpu|li 418285
2026-03-02T15:00:00 40m/2h ×8 vision|gpu|mara 418295`)
	equal(t, "remarks", remarks(tr.Notes), `
3 steps of jobs skipped: the job's own row counts
2 jobs asked for no device: skipped
3 jobs never started: skipped
1 job ran for less than the record resolves: skipped
1 job asked for part of a device and counts as one whole device
1 job had not ended when the record was taken: what it ran until then counts
limits: none recorded for 2 jobs; 2 × the duration taken
limits: 1 job ran beyond its limit; the duration taken as the limit`)
	if n := tr.Notes; n.Rows != 20 || n.Jobs != 11 || n.Format != Slurm || n.Skipped() != 9 {
		t.Errorf("notes: %+v", n)
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		name, in, jobs, remarks string
		mapping                 func(m *Mapping)
	}{
		{
			name: "philly out of order, shifted",
			in: "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,66.0,1,66.0,11cb48\r\n" +
				"2017-10-09 06:13:03,2951.5,8,0,6214e9\n\n2017-10-09 06:13:03,0.0,8,0,6214e9\n",
			mapping: func(m *Mapping) { m.Start = moment(t, "2026-01-05") },
			jobs: "2026-01-05T00:00:00 49m11s500ms/1h38m23s ×8 6214e9|| line-3\n" +
				"2026-01-05T00:48:52 1m6s/2m12s ×1 11cb48|| line-2",
			remarks: "1 job ran for less than the record resolves: skipped\nlimits: none recorded for 2 jobs; 2 × the duration taken\n" +
				"times: the mapping names no time zone; read as UTC\n" +
				"times: moved so that the first submission, of 2017-10-09 06:13 +00:00, falls on 2026-01-05 00:00 +00:00",
		},
		{
			name: "openb",
			in: "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n" +
				"openb-pod-0000,12000,16384,1,1000,,LS,Running,0,3600,0\nopenb-pod-0001,6000,12288,1,460,V100M16|V100M32,BE,Failed,100,400,160\n" +
				"openb-pod-0002,6000,12288,0,0,,BE,Failed,100,400,160\nopenb-pod-0003,6000,12288,8,1000,,BE,Pending,100,400,\n",
			mapping: func(m *Mapping) { m.Start, m.Limit.Default = moment(t, "2026-01-05T12:00:00Z"), 30*quantity.Minute },
			jobs: "2026-01-05T12:00:00 1h/1h ×1 LS|| openb-pod-0000\n" +
				"2026-01-05T12:01:40 4m/30m ×1 BE|| openb-pod-0001",
			remarks: "1 pod asked for no device: skipped\n1 pod never started: skipped\n1 pod asked for part of a device and counts as one whole device\n" +
				"limits: none recorded for 2 pods; the mapping's 30m taken, or the duration where that is longer\n" +
				"times: counted from 2026-01-05 12:00 +00:00",
		},
		{
			name: "csv with quotes, units and a BOM",
			in: "\ufeffsubmit,duration,limit,devices,end_user,purpose,tenant,id\n" +
				`2026-01-05T08:00:00+08:00,1h30m,2h,8,"ACME ""North"", Ltd",research,ann,j1` + "\n" +
				"1767571200,90,,16,,,,\n",
			mapping: func(m *Mapping) {
				m.Otherwise, m.Limit.Factor = Otherwise{EndUser: "house", Purpose: "service"}, quantity.Ratio{Num: 15, Den: 10}
			},
			jobs: "2026-01-05T00:00:00 1h30m/2h ×8 ACME \"North\", Ltd|research|ann j1\n" +
				"2026-01-05T00:00:00 1m30s/2m15s ×16 house|service| line-3",
			remarks: "limits: none recorded for 1 job; 1.5 × the duration taken",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := anyone()
			if c.mapping != nil {
				c.mapping(m)
			}
			tr, err := Parse("t", strings.NewReader(c.in), m)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "jobs", show(tr), c.jobs)
			equal(t, "remarks", remarks(tr.Notes), c.remarks)
		})
	}
}

func TestGzip(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprint(w, "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,66.0,1,66.0,11cb48\n")
	w.Close()
	tr, err := Parse("t.csv.gz", &z, anyone())
	if err != nil || len(tr.Jobs) != 1 {
		t.Fatalf("%v, %v", tr, err)
	}
}

// sacct --parsable ends every line with a bar.
func TestSlurmParsable(t *testing.T) {
	in := "JobIDRaw|Submit|ElapsedRaw|TimelimitRaw|ReqTRES|\n7|2026-01-05T08:00:00|90|30|cpu=1,gres/gpu=2|\n"
	tr, err := Parse("t", strings.NewReader(in), anyone())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "jobs", show(tr), "2026-01-05T08:00:00 1m30s/30m ×2 || 7")
}
