package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// progress shows how far long work is, on a terminal alone.
type progress struct {
	mu   sync.Mutex
	out  *os.File
	what string
	tty  bool
	last time.Time
	any  bool
}

// newProgress shows the progress of what is being done: "planning".
func newProgress(out *os.File, what string) *progress {
	info, err := out.Stat()
	return &progress{out: out, what: what, tty: err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"}
}

// set shows done of all.
func (p *progress) set(done, all int) {
	if !p.tty || all == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) < 100*time.Millisecond && done < all {
		return
	}
	p.last, p.any = time.Now(), true
	const width = 30
	full := min(width, width*done/all)
	fmt.Fprintf(p.out, "\r%s [%s%s] %d %%", p.what, strings.Repeat("#", full), strings.Repeat(".", width-full), min(100, 100*done/all))
}

// clear takes the bar away.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.any {
		fmt.Fprint(p.out, "\r\033[K")
	}
}
