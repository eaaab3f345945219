package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/api"
)

// TestNoOutbound traces every system call with which the program could reach
// somebody, while it serves, is asked, signs and stops, and of the verbs that
// need no server, those that verify, audit and copy a ledger too: none of them is
// to anywhere but loopback, and nothing listens elsewhere.
func TestNoOutbound(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is missing: make tools installs it")
	}
	work := t.TempDir()
	trace := filepath.Join(work, "trace")
	data := filepath.Join(work, "data")
	docs := clusterFile(t, cluster)
	traced := func(args ...string) *exec.Cmd {
		cmd := exec.Command("strace", append([]string{"-f", "-qq", "-A", "-o", trace, "-e", "trace=connect,sendto,sendmsg,sendmmsg,bind", builtBinary(t)}, args...)...)
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "HOME="+work, "HTTP_PROXY=http://192.0.2.1:9", "HTTPS_PROXY=http://192.0.2.1:9")
		return cmd
	}
	serve := traced("serve", "--data", data, "--listen", "127.0.0.1:0", docs)
	serve.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	errs, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-serve.Process.Pid, syscall.SIGKILL) }()
	base := ""
	lines := bufio.NewScanner(errs)
	for base == "" && lines.Scan() {
		if _, at, ok := strings.Cut(lines.Text(), "serving on "); ok {
			base = strings.TrimSuffix(strings.Fields(at)[0], ".")
		}
	}
	if base == "" {
		t.Fatal("it does not serve")
	}
	go func() {
		for lines.Scan() {
		}
	}()
	child := childOf(t, serve.Process.Pid)
	for _, l := range listening(t, child) {
		if !l.Addr().IsLoopback() {
			t.Errorf("it listens on %s", l)
		}
	}
	token := filepath.Join(data, "operator.token")
	for _, args := range [][]string{
		{"job", "submit", "--server", base, "--token-file", token, "--devices", "2", "--for", "1h", "--end-user", "x"},
		{"job", "list", "--server", base, "--token-file", token},
		{"why", "1", "--server", base, "--token-file", token},
		{"permit", "show", "charter", "--server", base, "--token-file", token},
		{"job", "end", "1", "--server", base, "--token-file", token},
		{"check", docs},
		{"permit", "canonical", "--act", "endorse", docs},
		{"accelerator", "list"},
		{"token", "list", "--data", data},
		{"verify", docs, "--log-key", "nobody"},
	} {
		_ = traced(args...).Run() // what it answers is for other tests
	}
	p := &process{dir: data, base: base, exited: make(chan struct{})}
	if _, err := p.client(t).Submit(context.Background(), api.Submission{EndUser: "x", Devices: 1, For: "1h"}, ""); err != nil {
		t.Error(err)
	}
	time.Sleep(1500 * time.Millisecond) // a checkpoint is signed
	if err := syscall.Kill(child, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("serve exited with %v", err)
	}
	// The policy names where its witness is; who verifies does not ask it.
	receipts, err := filepath.Abs("../../receipt/testdata")
	if err != nil {
		t.Fatal(err)
	}
	policy := regexp.MustCompile(`(?m)^(witness .*)$`).ReplaceAllString(readFile(t, filepath.Join(receipts, "policy")), "$1 https://192.0.2.1:9/witness")
	if err := os.WriteFile(filepath.Join(work, "policy"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	copied, restored := filepath.Join(work, "copy.tar"), filepath.Join(work, "restored")
	for _, args := range [][]string{
		{"verify", filepath.Join(receipts, "import.tlog-proof"), "--log-key", filepath.Join(receipts, "log.vkey"), "--authorities", filepath.Join(receipts, "allowed_signers"), "--witnesses", filepath.Join(work, "policy")},
		{"audit", data},
		{"backup", "--data", data, copied},
		{"restore", copied, "--data", restored},
		{"audit", restored, "--log-key", filepath.Join(data, "log.vkey")},
	} {
		if out, err := traced(args...).CombinedOutput(); err != nil {
			t.Errorf("proviso %v: %v\n%s", args, err, out)
		}
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	connects := 0
	for line := range strings.Lines(string(text)) {
		addr, call, ok := reached(line)
		if !ok {
			continue
		}
		if call == "connect" {
			connects++
		}
		if !addr.IsLoopback() {
			t.Errorf("it reaches for %s: %s", addr, line)
		}
	}
	if connects < 5 {
		t.Errorf("%d connections were traced, 5 verbs speak to the server: the trace shows nothing\n%.2000s", connects, text)
	}
}

var (
	inet4 = regexp.MustCompile(`^\d+ +(\w+)\(.*sin_addr=inet_addr\("([^"]+)"\)`)
	inet6 = regexp.MustCompile(`^\d+ +(\w+)\(.*inet_pton\(AF_INET6, "([^"]+)"`)
)

// reached gives the address in a line of a trace, if there is one.
func reached(line string) (addr netip.Addr, call string, ok bool) {
	for _, r := range []*regexp.Regexp{inet4, inet6} {
		if m := r.FindStringSubmatch(line); m != nil {
			addr, err := netip.ParseAddr(m[2])
			return addr, m[1], err == nil
		}
	}
	return addr, "", false
}

// TestReached: lines of a trace are read as they are meant.
func TestReached(t *testing.T) {
	for line, want := range map[string]string{
		`17 connect(9, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, 16) = 0`:                                                             "192.0.2.1",
		`17 connect(9, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = -1`: "2001:db8::1",
		`17 sendto(9, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.1")}, 16) = 1`:                                                   "127.0.0.1",
	} {
		if addr, _, ok := reached(line); !ok || addr.String() != want {
			t.Errorf("%s: %s", line, addr)
		}
	}
}

// childOf is the process that strace traces.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.Fields(string(text) + " 0")[0])
	if err != nil || child == 0 {
		t.Fatalf("strace has no child: %q", text)
	}
	return child
}

// listening gives the addresses on which a process listens, from its sockets.
func listening(t *testing.T, pid int) []netip.AddrPort {
	t.Helper()
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	mine := map[string]bool{}
	for _, fd := range fds {
		if link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name())); err == nil {
			mine[strings.TrimSuffix(strings.TrimPrefix(link, "socket:["), "]")] = true
		}
	}
	var all []netip.AddrPort
	for _, name := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			f := strings.Fields(string(line))
			if len(f) < 10 || f[3] != "0A" || !mine[f[9]] {
				continue
			}
			all = append(all, hexAddress(t, f[1]))
		}
	}
	if len(all) == 0 {
		t.Error("it listens on nothing that can be found")
	}
	return all
}

// hexAddress reads an address of /proc/net/tcp: words in the machine's order.
func hexAddress(t *testing.T, text string) netip.AddrPort {
	t.Helper()
	host, port, _ := strings.Cut(text, ":")
	var raw []byte
	for i := 0; i+8 <= len(host); i += 8 {
		n, err := strconv.ParseUint(host[i:i+8], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	addr, ok := netip.AddrFromSlice(raw)
	n, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil {
		t.Fatalf("not an address: %s", text)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(n))
}
