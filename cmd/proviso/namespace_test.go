package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// within is set where a test runs again in namespaces of its own.
const within = "PROVISO_TEST_WITHIN"

// inNamespace runs a test's body in a process that has its own mounts, as root
// of a user namespace: nothing of it is seen outside.
func inNamespace(t *testing.T, name string, body func(t *testing.T)) {
	t.Helper()
	if os.Getenv(within) != "" {
		body(t)
		return
	}
	path := builtBinary(t) // one for both
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+name+"$", "-test.v", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), within+"=1", "PROVISO_TEST_BINARY="+path)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+name) {
		t.Errorf("in namespaces of its own (the kernel must let users make them): %v\n%s", err, out)
	}
}

// mountMemory mounts a file system in memory at a folder.
func mountMemory(t *testing.T, dir, options string) {
	t.Helper()
	flags := uintptr(0)
	if rest, ok := strings.CutPrefix(options, "remount,"); ok {
		flags, options = syscall.MS_REMOUNT, rest
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Fatalf("mount: %v", err)
	}
	if flags == 0 {
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	}
}
