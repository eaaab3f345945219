package permit

import (
	"sort"

	"cel.dev/cel-go/common/types"
)

// Subject is what a predicate is asked about: a job that wants to run, the
// place and devices that it would run on, and for whom. At a delivery the job
// and the end user are empty.
type Subject struct {
	Job         SubjectJob
	Site        SubjectSite
	Lot         SubjectLot
	Accelerator SubjectAccelerator
	EndUser     SubjectEndUser
}

// SubjectJob is the job as predicates see it: what it asks for, never the
// size that it is granted.
type SubjectJob struct {
	Name, Holder, Tenant, EndUser, Purpose, Model, Kind string
	// MinDevices and MaxDevices are the least and the most devices asked for.
	MinDevices, MaxDevices int64
	// LimitHours is the job's limit in hours, rounded up.
	LimitHours int64
}

// SubjectSite is the site as predicates see it.
type SubjectSite struct {
	Name, Country string
	Labels        map[string]string
}

// SubjectLot is the lot as predicates see it.
type SubjectLot struct{ Name, Holder, Supplier string }

// SubjectAccelerator is the product as predicates see it.
type SubjectAccelerator struct {
	Name, Vendor, Country string
	// TPP is the total processing performance, as export rules define it.
	TPP int64
	// MemoryGB and BandwidthGBs are rounded down.
	MemoryGB, BandwidthGBs int64
}

// SubjectEndUser is the end user as the permit declares them.
type SubjectEndUser struct {
	Name, Country, Headquarters, Sector string
	// Declared is whether the permit names the end user.
	Declared bool
	// Listed is whether a list that the permit names has the end user at the time.
	Listed bool
}

// variable is one name that expressions may use, with its fields.
type variable struct {
	name   string
	typ    *types.Type
	fields map[string]*types.FieldType
}

func (v *variable) fieldNames() []string {
	names := make([]string, 0, len(v.fields))
	for n := range v.fields {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func text(get func(*Subject) string) *types.FieldType {
	return field(types.StringType, func(s *Subject) (any, bool) { v := get(s); return v, v != "" })
}

func number(get func(*Subject) int64) *types.FieldType {
	return field(types.IntType, func(s *Subject) (any, bool) { v := get(s); return v, v != 0 })
}

func flag(get func(*Subject) bool) *types.FieldType {
	return field(types.BoolType, func(s *Subject) (any, bool) { v := get(s); return v, v })
}

// field makes a field from a getter that also says whether the value is set,
// which is what has(job.model) asks.
func field(t *types.Type, get func(*Subject) (any, bool)) *types.FieldType {
	return &types.FieldType{
		Type:    t,
		IsSet:   func(target any) bool { _, set := get(target.(*Subject)); return set },
		GetFrom: func(target any) (any, error) { v, _ := get(target.(*Subject)); return v, nil },
	}
}

// variables are the names that expressions may use. Each stands for the whole
// subject at evaluation; its fields pick their part of it.
var variables = []*variable{
	{"job", types.NewObjectType("job"), map[string]*types.FieldType{
		"name":       text(func(s *Subject) string { return s.Job.Name }),
		"holder":     text(func(s *Subject) string { return s.Job.Holder }),
		"tenant":     text(func(s *Subject) string { return s.Job.Tenant }),
		"endUser":    text(func(s *Subject) string { return s.Job.EndUser }),
		"purpose":    text(func(s *Subject) string { return s.Job.Purpose }),
		"model":      text(func(s *Subject) string { return s.Job.Model }),
		"kind":       text(func(s *Subject) string { return s.Job.Kind }),
		"minDevices": number(func(s *Subject) int64 { return s.Job.MinDevices }),
		"maxDevices": number(func(s *Subject) int64 { return s.Job.MaxDevices }),
		"limitHours": number(func(s *Subject) int64 { return s.Job.LimitHours }),
	}},
	{"site", types.NewObjectType("site"), map[string]*types.FieldType{
		"name":    text(func(s *Subject) string { return s.Site.Name }),
		"country": text(func(s *Subject) string { return s.Site.Country }),
		"labels": field(types.NewMapType(types.StringType, types.StringType), func(s *Subject) (any, bool) {
			if s.Site.Labels == nil {
				return map[string]string{}, false
			}
			return s.Site.Labels, len(s.Site.Labels) > 0
		}),
	}},
	{"lot", types.NewObjectType("lot"), map[string]*types.FieldType{
		"name":     text(func(s *Subject) string { return s.Lot.Name }),
		"holder":   text(func(s *Subject) string { return s.Lot.Holder }),
		"supplier": text(func(s *Subject) string { return s.Lot.Supplier }),
	}},
	{"accelerator", types.NewObjectType("accelerator"), map[string]*types.FieldType{
		"name":         text(func(s *Subject) string { return s.Accelerator.Name }),
		"vendor":       text(func(s *Subject) string { return s.Accelerator.Vendor }),
		"country":      text(func(s *Subject) string { return s.Accelerator.Country }),
		"tpp":          number(func(s *Subject) int64 { return s.Accelerator.TPP }),
		"memoryGB":     number(func(s *Subject) int64 { return s.Accelerator.MemoryGB }),
		"bandwidthGBs": number(func(s *Subject) int64 { return s.Accelerator.BandwidthGBs }),
	}},
	{"endUser", types.NewObjectType("endUser"), map[string]*types.FieldType{
		"name":         text(func(s *Subject) string { return s.EndUser.Name }),
		"country":      text(func(s *Subject) string { return s.EndUser.Country }),
		"headquarters": text(func(s *Subject) string { return s.EndUser.Headquarters }),
		"sector":       text(func(s *Subject) string { return s.EndUser.Sector }),
		"declared":     flag(func(s *Subject) bool { return s.EndUser.Declared }),
		"listed":       flag(func(s *Subject) bool { return s.EndUser.Listed }),
	}},
}

func variableNamed(name string) *variable {
	for _, v := range variables {
		if v.name == name {
			return v
		}
	}
	return nil
}

func variableNames() []string {
	names := make([]string, len(variables))
	for i, v := range variables {
		names[i] = v.name
	}
	return names
}
