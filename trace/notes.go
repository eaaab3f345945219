package trace

import (
	"fmt"
	"strconv"
	"strings"
)

// Notes says what reading made of a record, for the report: whoever reads a
// result must see what was left out and what was assumed.
type Notes struct {
	// Format is the format that was read; empty for a generated trace.
	Format Format `json:"format,omitempty"`
	// Rows counts the rows of the record, without its header and blank lines.
	Rows int64 `json:"rows"`
	// Jobs counts the jobs that were kept.
	Jobs int64 `json:"jobs"`
	// Remarks are what was skipped, rounded and assumed, in the order of the
	// RemarkKind constants.
	Remarks []Remark `json:"remarks,omitempty"`
}

// Remark is one statement about a record.
type Remark struct {
	Kind RemarkKind `json:"kind"`
	// Count is how many rows or jobs the remark is about.
	Count int64 `json:"count"`
	// Text is the statement as a sentence without its full stop.
	Text string `json:"text"`
}

// RemarkKind tells remarks apart for programs.
type RemarkKind string

// The kinds of remarks, in the order in which they are listed. Rows that are
// skipped get exactly one of the first four, so that Rows = Jobs + skipped.
const (
	SkippedStep    RemarkKind = "skippedStep"    // a step of a job that has its own row
	NoDevices      RemarkKind = "noDevices"      // asked for no device
	NeverStarted   RemarkKind = "neverStarted"   // pending, or cancelled before it started
	RanNoTime      RemarkKind = "ranNoTime"      // started, and ended in the same second
	PartOfDevice   RemarkKind = "partOfDevice"   // asked for part of a device, counts as a whole one
	StillRunning   RemarkKind = "stillRunning"   // had not ended when the record was taken
	LimitByFactor  RemarkKind = "limitByFactor"  // no limit recorded: the factor of the duration taken
	LimitByDefault RemarkKind = "limitByDefault" // no limit recorded: the mapping's default taken
	LimitRaised    RemarkKind = "limitRaised"    // ran beyond its limit: the limit is what it ran
	ZoneAssumed    RemarkKind = "zoneAssumed"    // local times read as UTC
	Shifted        RemarkKind = "shifted"        // times moved to the mapping's start
)

// remarkOrder lists the kinds in the order of the constants.
var remarkOrder = []RemarkKind{SkippedStep, NoDevices, NeverStarted, RanNoTime, PartOfDevice, StillRunning,
	LimitByFactor, LimitByDefault, LimitRaised, ZoneAssumed, Shifted}

// Count gives how many rows or jobs a kind of remark is about.
func (n Notes) Count(k RemarkKind) int64 {
	for _, r := range n.Remarks {
		if r.Kind == k {
			return r.Count
		}
	}
	return 0
}

// Skipped counts the rows that are no jobs of the trace.
func (n Notes) Skipped() int64 { return n.Rows - n.Jobs }

// remark builds the sentence for a count. The noun is what the format calls a
// row: job or pod.
func remark(k RemarkKind, count int64, noun string, m *Mapping, shift string) Remark {
	n := grouped(count) + " " + noun
	if count != 1 {
		n += "s"
	}
	verb := func(one, many string) string {
		if count == 1 {
			return one
		}
		return many
	}
	var text string
	switch k {
	case SkippedStep:
		text = fmt.Sprintf("%s %s of jobs skipped: the job's own row counts", grouped(count), verb("step", "steps"))
	case NoDevices:
		text = n + " asked for no device: skipped"
	case NeverStarted:
		text = n + " never started: skipped"
	case RanNoTime:
		text = n + " ran for less than the record resolves: skipped"
	case PartOfDevice:
		text = fmt.Sprintf("%s asked for part of a device and %s", n, verb("counts as one whole device", "count as one whole device each"))
	case StillRunning:
		text = fmt.Sprintf("%s had not ended when the record was taken: what %s until then counts", n, verb("it ran", "they ran"))
	case LimitByFactor:
		text = fmt.Sprintf("limits: none recorded for %s; %s × the duration taken", n, decimalOf(m.factor()))
	case LimitByDefault:
		text = fmt.Sprintf("limits: none recorded for %s; the mapping's %s taken, or the duration where that is longer", n, m.Limit.Default)
	case LimitRaised:
		text = fmt.Sprintf("limits: %s ran beyond %s limit; the duration taken as the limit", n, verb("its", "their"))
	case ZoneAssumed:
		text = "times: the mapping names no time zone; read as UTC"
	case Shifted:
		text = "times: " + shift
	}
	return Remark{Kind: k, Count: count, Text: text}
}

// grouped writes a count with commas: 82,247.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
