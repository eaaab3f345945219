package access

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// CheckListen says what keeps a server from listening at HOST:PORT: elsewhere
// than on this machine's loopback it needs TLS and authentication, both. An
// address without a host is every address of the machine. A name is looked up,
// and all its addresses count.
func CheckListen(address string, tls, auth bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen on %q: write HOST:PORT: %w", address, err)
	}
	inside, err := loopback(host)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	return checkExposed(address, inside, tls, auth)
}

func checkExposed(address string, inside, tls, auth bool) error {
	if inside || tls && auth {
		return nil
	}
	var missing []string
	if !tls {
		missing = append(missing, "TLS")
	}
	if !auth {
		missing = append(missing, "authentication")
	}
	return fmt.Errorf("listen on %s: others than this machine reach it, and there is no %s: listen on 127.0.0.1, or turn TLS and authentication on", address, strings.Join(missing, " and no "))
}

// Listen listens as CheckListen allows. It also looks at the address that was
// bound: a name may have been another one by then.
func Listen(ctx context.Context, address string, tls, auth bool) (net.Listener, error) {
	if err := CheckListen(address, tls, auth); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	bound, ok := l.Addr().(*net.TCPAddr)
	if err := checkExposed(l.Addr().String(), ok && bound.AddrPort().Addr().Unmap().IsLoopback(), tls, auth); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// loopback reports whether a host is this machine's loopback, whatever it
// resolves to.
func loopback(host string) (bool, error) {
	if host == "" {
		return false, nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback(), nil
	}
	all, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip", host)
	if err != nil {
		return false, err
	}
	if len(all) == 0 {
		return false, errors.New("the name has no address")
	}
	for _, ip := range all {
		if !ip.Unmap().IsLoopback() {
			return false, nil
		}
	}
	return true, nil
}
