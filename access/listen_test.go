package access_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/access"
)

func TestListeningRules(t *testing.T) {
	for _, c := range []struct {
		address string
		inside  bool
	}{
		{"127.0.0.1:7080", true},
		{"127.8.8.8:0", true},
		{"[::1]:7080", true},
		{"[::ffff:127.0.0.1]:7080", true},
		{"localhost:7080", true},
		{":7080", false},
		{"0.0.0.0:7080", false},
		{"[::]:7080", false},
		{"[::ffff:10.0.0.1]:7080", false},
		{"10.0.0.1:7080", false},
		{"[fe80::1%eth0]:7080", false},
		{"8.8.8.8:443", false},
	} {
		for _, open := range []struct{ tls, auth bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
			err := access.CheckListen(c.address, open.tls, open.auth)
			if want := c.inside || open.tls && open.auth; (err == nil) != want {
				t.Errorf("%s with %+v: %v", c.address, open, err)
			}
			if err != nil && (strings.Contains(err.Error(), "no TLS") == open.tls || strings.Contains(err.Error(), "no authentication") == open.auth) {
				t.Errorf("%s with %+v: %v: it must say what is missing", c.address, open, err)
			}
		}
	}
	for _, bad := range []string{"", "127.0.0.1", "7080", "a:b:c", "::1:7080"} {
		if err := access.CheckListen(bad, true, true); err == nil {
			t.Errorf("%q is taken as HOST:PORT", bad)
		}
	}
	if err := access.CheckListen("no-such-host.invalid:7080", false, false); err == nil {
		t.Error("a name without an address is taken as this machine")
	}
}

func TestListen(t *testing.T) {
	ctx := context.Background()
	l, err := access.Listen(ctx, "localhost:0", false, false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err := netip.ParseAddrPort(l.Addr().String()); err != nil || !a.Addr().IsLoopback() {
		t.Errorf("it listens on %v", l.Addr())
	}
	if l, err := access.Listen(ctx, "0.0.0.0:0", true, false); err == nil {
		l.Close()
		t.Error("it listens everywhere without authentication")
	}
}
