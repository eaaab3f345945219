package permit

// Holds is Eval where an expression without a value counts as false: a
// requirement is then not met, and a selector selects nothing.
func (p *Predicate) Holds(s *Subject) bool {
	ok, err := p.Eval(s)
	return err == nil && ok
}
