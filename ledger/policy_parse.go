package ledger

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ParsePolicy reads a policy. File is the name that errors bear.
func ParsePolicy(file string, text []byte) (*Policy, error) {
	p := policyParser{
		policy: &Policy{groups: map[string]group{}},
		keys:   map[string]bool{}, defined: map[string]bool{}, member: map[string]bool{},
	}
	for i, line := range strings.Split(string(text), "\n") {
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
	}
	if p.policy.quorum == "" {
		return nil, fmt.Errorf("%s: there is no quorum line: write quorum none to ask for no witness", file)
	}
	return p.policy, nil
}

type policyParser struct {
	policy  *Policy
	keys    map[string]bool // public keys, whatever their names
	defined map[string]bool // names of witnesses and groups
	member  map[string]bool // names that are in a group already
}

func (p *policyParser) line(line string) error {
	if strings.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) >= 0 {
		return errors.New("a control character: lines end with a newline alone")
	}
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return nil
	}
	switch words[0] {
	case "log":
		return p.log(words[1:])
	case "witness":
		return p.witness(words[1:])
	case "group":
		return p.group(words[1:])
	case "quorum":
		return p.quorum(words[1:])
	}
	return fmt.Errorf("unknown keyword %q: write log, witness, group or quorum", words[0])
}

func (p *policyParser) log(words []string) error {
	if len(words) != 1 && len(words) != 2 {
		return errors.New("write log KEY [URL]")
	}
	v, err := note.NewVerifier(words[0])
	if err == nil {
		err = p.newKey(words[0])
	}
	if err != nil {
		return fmt.Errorf("the log's key: %w", err)
	}
	p.policy.Logs = append(p.policy.Logs, v)
	return nil
}

func (p *policyParser) witness(words []string) error {
	if len(words) != 2 && len(words) != 3 {
		return errors.New("write witness NAME KEY [URL]")
	}
	v, err := NewCosignatureVerifier(words[1])
	if err == nil {
		err = p.newKey(words[1])
	}
	if err == nil {
		err = p.define(words[0])
	}
	if err != nil {
		return fmt.Errorf("witness %s: %w", words[0], err)
	}
	w := Witness{Name: words[0], Key: v}
	if len(words) == 3 {
		w.URL = words[2]
	}
	p.policy.Witnesses = append(p.policy.Witnesses, w)
	return nil
}

func (p *policyParser) group(words []string) error {
	if len(words) < 3 {
		return errors.New("write group NAME all|any|NUMBER and its members")
	}
	g := group{members: words[2:]}
	switch words[1] {
	case "any":
		g.needs = 1
	case "all":
		g.needs = len(g.members)
	default:
		n, err := strconv.Atoi(words[1])
		if err != nil || n < 1 || n > len(g.members) || strconv.Itoa(n) != words[1] {
			return fmt.Errorf("a group of %d needs all, any or a number from 1 to %[1]d of them, not %q", len(g.members), words[1])
		}
		g.needs = n
	}
	for _, m := range g.members {
		if !p.defined[m] {
			return fmt.Errorf("no witness or group %q is defined above", m)
		}
		if p.member[m] {
			return fmt.Errorf("%q is a member of a group already", m)
		}
		p.member[m] = true
	}
	if err := p.define(words[0]); err != nil {
		return err
	}
	p.policy.groups[words[0]] = g
	return nil
}

func (p *policyParser) quorum(words []string) error {
	if len(words) != 1 {
		return errors.New("write quorum NAME")
	}
	if p.policy.quorum != "" {
		return errors.New("a second quorum")
	}
	if words[0] != noQuorum && !p.defined[words[0]] {
		return fmt.Errorf("no witness or group %q is defined above", words[0])
	}
	p.policy.quorum = words[0]
	return nil
}

func (p *policyParser) define(name string) error {
	if name == noQuorum || p.defined[name] {
		return fmt.Errorf("the name %q is taken", name)
	}
	p.defined[name] = true
	return nil
}

// newKey refuses a public key that is there already under another name: one
// witness would count twice.
func (p *policyParser) newKey(vkey string) error {
	_, _, raw, err := parseKey(vkey)
	if err != nil {
		return err
	}
	if k := string(raw[1:]); p.keys[k] {
		return errors.New("this key is listed already")
	} else {
		p.keys[k] = true
	}
	return nil
}
