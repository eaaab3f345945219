package trace

import (
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/quantity"
)

const csvHeader = "submit,duration,limit,devices,end_user,purpose\n"
const phillyHeader = "timestamp,duration,num_gpus,gpu_time,cluster\n"
const slurmHeader = "JobID|Submit|Elapsed|Timelimit|AllocTRES|State|Account\n"

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "t: is empty: a trace starts with a header line"},
		{"no format", "a,b,c\n", "t:1: the header line is that of no known format"},
		{"several in one row", csvHeader + "yesterday,1x,0,-8,acme,research\n",
			`t:2:1: submit: "yesterday" is not an instant` + "\n" + `t:2:11: duration: "1x" is not a duration` + "\n" +
				"t:2:14: limit: is zero" + "\n" + `t:2:16: devices: "-8" is not a number of devices`},
		{"column counts characters", csvHeader + "2026-01-05T00:00:00Z,1h,1h,8,ÄÖÜ,\n", "t:2:34: purpose: is empty"},
		{"too few columns", csvHeader + "1,2\n", "t:2: has 2 columns where the header has 6"},
		{"unknown column", "submit,duration,limit,devices,end_user,purpose,tennant\n", "t:1: tennant: is no column"},
		{"open quote", csvHeader + `0,1h,1h,1,"acme,research` + "\n", "t:2:11: the quoted field does not end"},
		{"text after quote", csvHeader + `0,1h,1h,1,"acme"x,research` + "\n", "t:2:17: a quoted field is followed"},
		{"year", csvHeader + "9999999999,1h,1h,8,a,r\n", "t:2:1: submit: \"9999999999\" is not an instant"},
		{"no such day", phillyHeader + "2017-06-31 00:00:00,1,1,1,c\n", "t:2:1: timestamp: \"2017-06-31 00:00:00\" is not a time"},
		{"not a number", phillyHeader + "2017-06-30 00:00:00,nan,1,1,c\n", "t:2:21: duration: \"nan\" is not a number of seconds"},
		{"too many devices", phillyHeader + "2017-06-30 00:00:00,1,3000000000,1,c\n", "t:2:23: num_gpus:"},
		{"bad gres", slurmHeader + "1|2026-01-05T00:00:00|00:01:00|10|gres/gpu=x|COMPLETED|a\n", `t:2:35: AllocTRES: "gres/gpu=x" is not a number of devices`},
		{"bad limit", slurmHeader + "1|2026-01-05T00:00:00|00:01:00|soon|gres/gpu=1|COMPLETED|a\n", `t:2:32: Timelimit: "soon" is not a time limit`},
		{"bar in a name", slurmHeader + "1|2026-01-05T00:00:00|00:01:00|10|gres/gpu=1|COMPLETED|a|b\n", "t:2: has 8 columns where the header has 7; a name that contains |"},
		{"openb without start", "name,num_gpu,gpu_milli,qos,creation_time,deletion_time,scheduled_time\n", "t: mapping: start: an openb trace counts"},
		{"long line", csvHeader + strings.Repeat("x", 70_000), "t:2: the line is longer than 65536 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &Mapping{}
			if !strings.HasPrefix(c.in, "submit") {
				m = anyone()
			}
			_, err := Parse("t", strings.NewReader(c.in), m)
			if err == nil {
				t.Fatal("no error")
			}
			for i, line := range strings.Split(c.want, "\n") {
				if have := strings.Split(err.Error(), "\n"); i >= len(have) || !strings.HasPrefix(have[i], line) {
					t.Fatalf("have\n%v\nwant\n%s", err, c.want)
				}
			}
		})
	}
}

func TestSumIsBounded(t *testing.T) {
	in := csvHeader + strings.Repeat("0,70000d,,2000000000,a,r\n", 3)
	if _, err := Parse("t", strings.NewReader(in), &Mapping{}); err == nil || !strings.Contains(err.Error(), "more device-hours than an account can count") {
		t.Fatal(err)
	}
}

func TestFaultsAreBounded(t *testing.T) {
	_, err := Parse("t", strings.NewReader(csvHeader+strings.Repeat("x,1,1,1,a,r\n", 2500)), &Mapping{})
	errs, ok := err.(*Errors)
	if !ok || len(errs.List) != MaxErrors || errs.More != 2400 {
		t.Fatal(err)
	}
	if !strings.HasSuffix(err.Error(), "\nand 2,400 more") {
		t.Error("the rest is not counted")
	}
}

func TestRefusedAccountIsReportedOnce(t *testing.T) {
	m := &Mapping{Accounts: []AccountRule{{Match: "a*", EndUser: "acme", Purpose: "research"}}}
	in := phillyHeader + strings.Repeat("2017-10-09 07:01:55,66,1,66,a1\n2017-10-09 07:01:55,66,1,66,b1\n", 3)
	_, err := Parse("t", strings.NewReader(in), m)
	equal(t, "error", err.Error(), `t:3:29: cluster: the mapping says nothing of account "b1" (user "", partition ""): add it under accounts, or say what otherwise holds`)
}

func TestSlurmSpan(t *testing.T) {
	for in, want := range map[string]quantity.Duration{
		"00:00:05": 5 * quantity.Second, "1-02:03:04": quantity.Day + 2*quantity.Hour + 3*quantity.Minute + 4*quantity.Second,
		"05:30": 5*quantity.Minute + 30*quantity.Second, "2-12": 2*quantity.Day + 12*quantity.Hour, "2-12:30": 2*quantity.Day + 12*quantity.Hour + 30*quantity.Minute,
		"90": 90 * quantity.Minute, "": -1, "1:2:3:4": -1, "x": -1, "-1": -1, "1-": -1, "12:-5": -1, "999999999-00:00:00": -1, "9999999999": -1,
	} {
		if d, ok := slurmSpan([]byte(in), quantity.Minute); ok != (want >= 0) || ok && d != want {
			t.Errorf("%q: %v, %v; want %v", in, d, ok, want)
		}
	}
}

func TestTRESDevices(t *testing.T) {
	for in, want := range map[string]string{
		"": "0", "cpu=4": "0", "gres/gpu=8": "8", "gres/gpu:h100=8": "8", "gres/gpu:a100=2,gres/gpu:h100=8": "10",
		"gres/gpu:h100=8,gres/gpu=8": "8", "gres/gpumem=80G,gres/gpuutil=50": "0", "gres/mps=50": "1 part", "gres/gpu=1,gres/mps=50": "1",
		"gres/gpu": "bad", "gres/gpu=1K": "bad", "gres/gpu=0": "0",
	} {
		n, part, bad := tresDevices([]byte(in))
		have := grouped(n)
		if part {
			have += " part"
		}
		if bad != nil {
			have = "bad"
		}
		if have != want {
			t.Errorf("%q: %s, want %s", in, have, want)
		}
	}
}
