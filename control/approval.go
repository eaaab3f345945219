package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/world"
)

// Approval is what an authority signs to let one job through a condition of the
// form approval.
type Approval struct {
	Condition, Job, Permit string
	// Spec is the hash of the permit's spec in effect, so that a yes does not
	// carry over to another version of it.
	Spec string
	// Log is the name of the log, so that it does not carry over to another
	// fleet.
	Log string
}

type encodedApproval struct {
	Act       string `json:"act"`
	Condition string `json:"condition"`
	Job       string `json:"job"`
	Log       string `json:"log"`
	Permit    string `json:"permit"`
	Spec      string `json:"spec"`
	V         string `json:"v"`
}

// Canonical gives the bytes to sign.
func (a Approval) Canonical() ([]byte, error) {
	o := begin(nil)
	o.must("act", "approve")
	o.must("condition", a.Condition)
	o.must("job", a.Job)
	o.must("log", a.Log)
	o.must("permit", a.Permit)
	o.must("spec", a.Spec)
	o.must("v", "1")
	return o.end(), nil
}

// ParseApproval reads the bytes that were signed.
func ParseApproval(data []byte) (Approval, error) {
	var e encodedApproval
	if err := json.Unmarshal(data, &e); err != nil {
		return Approval{}, fmt.Errorf("not an approval: %w", err)
	}
	a := Approval{Condition: e.Condition, Job: e.Job, Permit: e.Permit, Spec: e.Spec, Log: e.Log}
	again, err := a.Canonical()
	if err != nil || string(again) != string(data) {
		return Approval{}, errors.New("not an approval: it is not in canonical form")
	}
	return a, nil
}

// NewApproval gives what is to be signed for a job.
func (s *State) NewApproval(job, permit, condition string) (Approval, error) {
	c, err := s.Clause(permit, condition)
	if err != nil {
		return Approval{}, err
	}
	if s.rules.Clauses[c].Form != world.Approval {
		return Approval{}, fmt.Errorf("%s/%s is a %s and asks for no approval", permit, condition, s.rules.Clauses[c].Form)
	}
	if _, err := s.Job(job); err != nil {
		return Approval{}, err
	}
	_, spec := s.permits[permit].chain.Version()
	return Approval{Condition: condition, Job: job, Permit: permit, Spec: spec, Log: s.genesis.Log}, nil
}

func (f *Approve) check(s *State) error {
	if s.world == nil {
		return errNotOpen
	}
	a, err := ParseApproval([]byte(f.Approval))
	if err != nil {
		return err
	}
	want, err := s.NewApproval(a.Job, a.Permit, a.Condition)
	if err != nil {
		return err
	}
	if a != want {
		return fmt.Errorf("the approval is on another version of permit %s, or for another log", a.Permit)
	}
	keys, known := s.authorities[f.By]
	if !known {
		return &UnknownError{What: "authority", Name: f.By, Hint: spelling.Hint(f.By, s.rules.Authorities)}
	}
	c, _ := s.Clause(a.Permit, a.Condition)
	if !slices.Contains(s.rules.Clauses[c].By, int32(slices.Index(s.rules.Authorities, f.By))) {
		return fmt.Errorf("%s/%s asks for the approval of others than %s", a.Permit, a.Condition, f.By)
	}
	if err := signature.Verify([]byte(f.Approval), []byte(f.Signature), keys, int64(s.asked)); err != nil {
		return fmt.Errorf("the signature of %s does not count: %w", f.By, err)
	}
	return nil
}

func (f *Approve) apply(s *State) {
	a, _ := ParseApproval([]byte(f.Approval))
	c, _ := s.Clause(a.Permit, a.Condition)
	job, _ := s.Job(a.Job)
	s.world.Approve(c, job, int32(slices.Index(s.rules.Authorities, f.By)))
}
