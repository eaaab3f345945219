package main

// exitCode ends the program with a code of its own and without a message: the
// answer was printed, and it is no.
type exitCode int

// The code of a verb whose answer is a yes or no, when it is no.
const exitFindings exitCode = 2

// Error is not printed.
func (c exitCode) Error() string { return "" }
