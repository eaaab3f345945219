package trace

import (
	"bytes"
	"os"
	"testing"
)

// fuzz feeds a parser anything: it must not panic, and whatever it accepts
// must be a sound trace.
func fuzz(f *testing.F, format Format, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := anyone()
		m.Format = format
		if format == Openb {
			m.Start = moment(t, "2026-01-05")
		}
		tr, err := Parse("fuzz", bytes.NewReader(data), m)
		if err != nil {
			_ = err.Error()
			return
		}
		skipped := int64(0)
		for _, k := range []RemarkKind{SkippedStep, NoDevices, NeverStarted, RanNoTime} {
			skipped += tr.Notes.Count(k)
		}
		if tr.Notes.Jobs != int64(len(tr.Jobs)) || tr.Notes.Skipped() != skipped {
			t.Fatalf("rows do not add up: %+v", tr.Notes)
		}
		for i, j := range tr.Jobs {
			if j.Runs <= 0 || j.Limit < j.Runs || j.Devices <= 0 || j.Submit < minInstant || j.Submit >= maxInstant || i > 0 && tr.Jobs[i-1].Submit > j.Submit {
				t.Fatalf("job %d: %+v", i, j)
			}
			_, _ = tr.ID(j), tr.AccountOf(j)
		}
		if peak, _ := tr.Peak(); len(tr.Jobs) > 0 && peak <= 0 {
			t.Fatal("no peak")
		}
	})
}

func FuzzSlurm(f *testing.F) {
	data, err := os.ReadFile("testdata/sacct.txt")
	if err != nil {
		f.Fatal(err)
	}
	fuzz(f, Slurm, string(data), slurmHeader+"1_2|2026-03-29T02:30:00|1-00:00:01|UNLIMITED|gres/gpu:a=1,gres/gpu=2|CANCELLED by 1|x\n")
}

func FuzzPhilly(f *testing.F) {
	fuzz(f, Philly, phillyHeader+"2017-10-09 07:01:55,66.0,1,66.0,11cb48\n\n", phillyHeader+"2200-12-31 23:59:59,6000000000,8.0,,x")
}

func FuzzOpenb(f *testing.F) {
	fuzz(f, Openb, "name,num_gpu,gpu_milli,qos,creation_time,deletion_time,scheduled_time\np,1,460,LS,0,3600,10\n")
}

func FuzzCSV(f *testing.F) {
	fuzz(f, CSV, csvHeader+"2026-01-05T08:00:00+08:00,1h30m,2h,8,\"a \"\"b\"\"\",r\n", csvHeader+"1767571200,90.5,,16,,\n")
}

func FuzzMapping(f *testing.F) {
	for _, file := range []string{"jobs.mapping.yaml", "philly/philly.mapping.yaml"} {
		data, err := os.ReadFile(teamBudgets + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := ReadMapping("fuzz", data, nil); err == nil && len(m.Check()) > 0 {
			t.Fatal("a faulty mapping was read")
		}
	})
}
