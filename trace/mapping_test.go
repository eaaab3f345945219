package trace

import (
	"strings"
	"testing"
)

const mappingHead = "apiVersion: proviso.dev/v1alpha1\nkind: TraceMapping\nmetadata: {name: x}\nspec:\n"

func TestReadMapping(t *testing.T) {
	m, err := ReadMapping("m.yaml", []byte(mappingHead+`
  format: slurm
  timeZone: Europe/Berlin
  start: 2026-01-05
  holder: lab
  capacity: [{lot: hall-a}, {accelerator: h100-sxm, site: hall-b, devices: 1.2k, basis: reported}]
  limit: {factor: 1.5, default: 24h}
  accounts:
  - {match: "vis*", user: "m?ra", endUser: vision, purpose: research, tenant: "{user}"}
  otherwise: refuse
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Format != Slurm || decimalOf(m.factor()) != "1.5" || m.Limit.Default.String() != "1d" || m.Otherwise.Action != "refuse" || m.Capacity[1].Devices.String() != "1.2k" {
		t.Errorf("%+v", m)
	}
	if a, ok := m.account("vision-2", "mara", ""); !ok || a != (Account{"vision", "research", "mara"}) {
		t.Errorf("%+v, %v", a, ok)
	}
	if _, ok := m.account("vision-2", "jun", ""); ok {
		t.Error("the user's pattern is not heeded")
	}
}

func TestMappingFaults(t *testing.T) {
	known := &Known{Lots: []string{"hall-a"}, Sites: []string{"hall"}, Accelerators: []string{"h100-sxm"}, Holders: []string{"lab"}}
	for _, c := range []struct{ in, want string }{
		{mappingHead + "  formt: slurm\n", `m.yaml:5:3: spec.formt: unknown field "formt" (did you mean "format"?)`},
		{mappingHead + "  format: pbs\n", "m.yaml:5:11: spec.format: "},
		{mappingHead + "  timeZone: Local\n", `m.yaml:5:13: spec.timeZone: "Local" is not the name`},
		{mappingHead + "  limit: {factor: 0.5}\n", "m.yaml:5:19: spec.limit.factor: 0.5 is less than 1"},
		{mappingHead + "  limit: {default: soon}\n", `m.yaml:5:20: spec.limit.default: "soon" is not a duration`},
		{mappingHead + "  capacity: [{site: hall}]\n", "m.yaml:5:14: spec.capacity[0]: write a lot, or"},
		{mappingHead + "  capacity: [{site: hall, accelerator: h100-sxm, devices: 0.5}]\n", "m.yaml:5:59: spec.capacity[0].devices: write a number"},
		{mappingHead + "  capacity: [{lot: hall-b}]\n", `m.yaml:5:20: spec.capacity[0].lot: there is no lot "hall-b" in the documents (did you mean "hall-a"?)`},
		{mappingHead + "  capacity: [{site: hal, accelerator: h100-sxm, devices: 8}]\n", `m.yaml:5:21: spec.capacity[0].site: there is no site "hal" in the documents (did you mean "hall"?)`},
		{mappingHead + "  capacity: [{site: hall, accelerator: h200, devices: 8}]\n", `m.yaml:5:40: spec.capacity[0].accelerator: there is no accelerator "h200"`},
		{mappingHead + "  holder: lap\n", `m.yaml:5:11: spec.holder: there is no holder "lap" in the documents (did you mean "lab"?)`},
		{mappingHead + "  accounts: [{match: a, endUser: b}]\n", "m.yaml:5:14: spec.accounts[0]: missing field purpose"},
		{mappingHead + "  otherwise: {endUser: \"{acount}\", purpose: p}\n", `m.yaml:5:24: spec.otherwise.endUser: "{acount}" contains braces`},
		{mappingHead + "  otherwise: {endUser: x}\n", "m.yaml:5:3: spec.otherwise: endUser and purpose are both required"},
		{mappingHead + "  otherwise: accept\n", "m.yaml:5:14: spec.otherwise: write refuse"},
		{"kind: TraceMapping\n", "m.yaml:1:1: missing field metadata"},
		{strings.Replace(mappingHead, "Trace", "Race", 1) + "  {}\n", `m.yaml:2:7: kind: "RaceMapping" is not known here`},
		{mappingHead + "  format: csv\n---\n" + mappingHead + "  format: csv\n", "m.yaml:8:7: kind: a file holds one mapping"},
		{"a: [", "m.yaml:2:1: not YAML"},
		{"", "m.yaml: is empty"},
	} {
		_, err := ReadMapping("m.yaml", []byte(c.in), known)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("have %v\nwant %s", err, c.want)
		}
	}
}

// TestMappingErrorsAll: all that is wrong is shown, not the first.
func TestMappingErrorsAll(t *testing.T) {
	_, err := ReadMapping("m.yaml", []byte(mappingHead+"  formt: slurm\n  limit: {default: soon}\n  capacity: [{devices: many}]\n"), nil)
	if err == nil || strings.Count(err.Error(), "m.yaml:") != 3 {
		t.Errorf("%v", err)
	}
}

func TestGlob(t *testing.T) {
	for in, want := range map[string]bool{
		"a a": true, "a b": false, "* x/y": true, "a*c abbc": true, "a*c abbcd": false, "*b* abc": true, "?? ab": true, "?? ä": false, "ä* äx": true,
		"a** a": true, "[a] [a]": true, "*a*a*a*b aaaaaaaaaaaaaaaa": false,
	} {
		pattern, text, _ := strings.Cut(in, " ")
		if glob(pattern, text) != want {
			t.Errorf("%q does not give %v", in, want)
		}
	}
}
