package signature

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Authorities are the keys of authorities, by name.
type Authorities map[string][]Key

// ParseSigners reads the keys of authorities from a file in ssh-keygen's
// format of allowed signers: name, options, key type, key. The options
// valid-after, valid-before and namespaces are read; others are refused. File
// is the name that errors bear.
func ParseSigners(file string, text []byte) (Authorities, error) {
	all := Authorities{}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := all.add(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: there is no key in it: a line is NAME KEYTYPE KEY", file)
	}
	return all, nil
}

func (all Authorities) add(line string) error {
	names, rest, _ := strings.Cut(line, " ")
	public, options, err := parseKey(rest)
	if err != nil {
		return err
	}
	key := Key{Public: public}
	counts := true
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "valid-after":
			key.From, err = parseTime(value)
		case "valid-before":
			key.Until, err = parseTime(value)
		case "namespaces":
			counts = slices.Contains(strings.Split(value, ","), Namespace)
		default:
			err = fmt.Errorf("the option %q is not known: valid-after, valid-before and namespaces are", name)
		}
		if err != nil {
			return err
		}
	}
	if key.Until != 0 && key.Until <= key.From {
		return errors.New("the key counts at no time: valid-before is not after valid-after")
	}
	for _, n := range strings.Split(strings.Trim(names, `"`), ",") {
		if !isName(n) {
			return fmt.Errorf("%q does not name an authority: use lower-case letters, digits and dashes inside", n)
		}
		if counts {
			all[n] = append(all[n], key)
		}
	}
	return nil
}

// parseTime reads YYYYMMDD[HHMM[SS]][Z], in UTC. ssh-keygen reads times without
// Z in the zone of the machine; these mean the same everywhere.
func parseTime(s string) (int64, error) {
	digits := strings.TrimSuffix(s, "Z")
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(layout) == len(digits) {
			t, err := time.ParseInLocation(layout, digits, time.UTC)
			if err == nil {
				return t.UnixMilli(), nil
			}
		}
	}
	return 0, fmt.Errorf("%q is not a time: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with Z", s)
}
