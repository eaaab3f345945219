package trace

import (
	"bytes"
	"strings"

	"github.com/proviso-dev/proviso/quantity"
)

// placeholders are what the words of a mapping may stand for.
var placeholders = []string{"{account}", "{user}", "{partition}"}

// checkPattern refuses braces that stand for nothing.
func checkPattern(text, path string, fault func(path, format string, args ...any)) {
	for _, p := range placeholders {
		text = strings.ReplaceAll(text, p, "")
	}
	if strings.ContainsAny(text, "{}") {
		fault(path, "%q contains braces that stand for nothing: known are %s", text, strings.Join(placeholders, ", "))
	}
}

// accounts gives each distinct (account, user, partition) of a record its
// index in the trace's table; the rules are looked at once for each.
type accounts struct {
	mapping *Mapping
	byKey   map[string]int32
	byValue map[Account]int32
	table   []Account
	key     []byte // reused, so that a known key costs no allocation
}

// unmatched marks a key for which the mapping has no account.
const unmatched = -1

func newAccounts(m *Mapping) *accounts {
	return &accounts{mapping: m, byKey: map[string]int32{}, byValue: map[Account]int32{}}
}

// resolve gives the index of what is recorded, or unmatched; fresh tells the
// first time, so that an account without a rule is reported once.
func (a *accounts) resolve(account, user, partition []byte) (index int32, fresh bool) {
	a.key = append(append(append(append(append(a.key[:0], account...), 0), user...), 0), partition...)
	if i, ok := a.byKey[string(a.key)]; ok {
		return i, false
	}
	index = unmatched
	if value, ok := a.mapping.account(string(account), string(user), string(partition)); ok {
		index = a.index(value)
	}
	a.byKey[string(a.key)] = index
	return index, true
}

// direct gives the index of an account that the record itself states.
func (a *accounts) direct(endUser, purpose, tenant []byte) int32 {
	a.key = append(append(append(append(append(a.key[:0], endUser...), 0), purpose...), 0), tenant...)
	if i, ok := a.byKey[string(a.key)]; ok {
		return i
	}
	i := a.index(Account{EndUser: string(endUser), Purpose: string(purpose), Tenant: string(tenant)})
	a.byKey[string(a.key)] = i
	return i
}

func (a *accounts) index(value Account) int32 {
	if i, ok := a.byValue[value]; ok {
		return i
	}
	i := int32(len(a.table))
	a.table = append(a.table, value)
	a.byValue[value] = i
	return i
}

// account applies the first rule that matches, then otherwise.
func (m *Mapping) account(account, user, partition string) (Account, bool) {
	fill := strings.NewReplacer("{account}", account, "{user}", user, "{partition}", partition).Replace
	build := func(endUser, purpose, tenant string) (Account, bool) {
		if tenant == "" {
			tenant = user
		} else {
			tenant = fill(tenant)
		}
		return Account{EndUser: fill(endUser), Purpose: fill(purpose), Tenant: tenant}, true
	}
	for _, r := range m.Accounts {
		if glob(r.Match, account) && (r.User == "" || glob(r.User, user)) && (r.Partition == "" || glob(r.Partition, partition)) {
			return build(r.EndUser, r.Purpose, r.Tenant)
		}
	}
	if m.Otherwise.set() {
		return build(m.Otherwise.EndUser, m.Otherwise.Purpose, m.Otherwise.Tenant)
	}
	return Account{}, false
}

// glob reports whether the whole text matches a pattern in which * stands for
// any characters and ? for one. Unlike path.Match it knows no separators and
// no classes, so that every account name is also a pattern for itself.
func glob(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, mark := -1, 0 // the last *, and what it has swallowed up to
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// decimalOf writes a ratio as a number: 2, 1.5.
func decimalOf(r quantity.Ratio) string {
	whole, rest := r.Num/r.Den, r.Num%r.Den
	var b bytes.Buffer
	b.WriteString(grouped(whole))
	if rest > 0 {
		b.WriteByte('.')
	}
	for den := r.Den; rest > 0; {
		den /= 10
		b.WriteByte(byte('0' + rest/den))
		rest %= den
	}
	return b.String()
}
