package access

import (
	"net"
	"net/http"
	"net/netip"
)

// SameMachine lets through what was meant for this machine alone. It belongs
// before a server that asks nobody for a token: any page in a browser of this
// machine can reach it, by a name that points to 127.0.0.1 or by a form that
// posts there. Requests must be addressed to localhost or a loopback address,
// and those that change something must not come from another site's page.
func SameMachine(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !namesThisMachine(r.Host) {
			http.Error(w, "this server answers to localhost and loopback addresses alone", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// namesThisMachine looks nothing up: who made the name may have made its
// address too.
func namesThisMachine(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if host == "localhost" {
		return true
	}
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
