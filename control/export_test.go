package control

// Complete gives the complete reasons that the last fact's own verdict commits
// to.
func (s *State) Complete() string { return string(s.appendComplete(nil, s.judged.all)) }
