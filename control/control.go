// Package control is the control plane without its shell: a [State] folded
// from the facts that a ledger records, with what each of them brings about.
//
// A fact comes from outside: a job is submitted, an authority signs, devices
// arrive, the clock reaches an instant at which something is due. [State.Apply]
// takes it, asks the core (world, decision, queue) and returns the body of the
// ledger's entry: the fact together with its outcome, the verdict and whatever
// started, stopped or broke because of it. The server appends that body; an
// audit applies the same facts in the same order and compares the bodies byte
// by byte. There is no second way to an outcome.
//
// The package is pure: time comes with the fact, there is no I/O and no
// goroutine. A State is not safe for concurrent use.
package control

// Core is the semantic version of the core that outcomes come from. It changes
// when the same facts would come to another outcome. A ledger names the version
// that wrote it.
const Core = "1"
