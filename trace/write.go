package trace

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/quantity"
)

// Write writes a trace in the CSV format, with every column. Read with an
// empty mapping gives the same jobs back.
func Write(w io.Writer, t *Trace) error {
	b := bufio.NewWriter(w)
	b.WriteString("submit,duration,limit,devices,end_user,purpose,tenant,id\n")
	for _, j := range t.Jobs {
		a := t.AccountOf(j)
		for i, f := range []string{j.Submit.Time(time.UTC).Format("2006-01-02T15:04:05.999Z07:00"), asSeconds(j.Runs), asSeconds(j.Limit),
			strconv.Itoa(int(j.Devices)), a.EndUser, a.Purpose, a.Tenant, t.ID(j)} {
			if i > 0 {
				b.WriteByte(',')
			}
			if strings.ContainsAny(f, "\",\n") {
				f = `"` + strings.ReplaceAll(strings.ReplaceAll(f, "\n", " "), `"`, `""`) + `"`
			}
			b.WriteString(f)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// asSeconds writes a duration in seconds, to the millisecond where needed.
func asSeconds(d quantity.Duration) string {
	s := strconv.FormatInt(int64(d/quantity.Second), 10)
	if ms := int64(d % quantity.Second); ms > 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(1000+ms, 10)[1:], "0")
	}
	return s
}
