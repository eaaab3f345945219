package main

// exitCode ends the program with a code of its own after its answer has been
// written: 2 where the answer is no.
type exitCode int

func (exitCode) Error() string { return "" }
