package access_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/proviso-dev/proviso/access"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// TestSameMachine: a page in a browser does not reach a server that asks
// nobody for a token.
func TestSameMachine(t *testing.T) {
	h := access.SameMachine(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	for _, c := range []struct {
		name, method, host string
		header             [2]string
		want               int
	}{
		{"the command line", "POST", "127.0.0.1:7080", [2]string{}, 200},
		{"by name", "POST", "localhost:7080", [2]string{}, 200},
		{"by IPv6", "POST", "[::1]:7080", [2]string{}, 200},
		{"without a port", "GET", "[::1]", [2]string{}, 200},
		{"a name that points here", "GET", "evil.example:7080", [2]string{}, http.StatusMisdirectedRequest},
		{"a name that begins like here", "GET", "127.0.0.1.evil.example:7080", [2]string{}, http.StatusMisdirectedRequest},
		{"no name", "GET", "", [2]string{}, http.StatusMisdirectedRequest},
		{"its own page", "POST", "127.0.0.1:7080", [2]string{"Origin", "http://127.0.0.1:7080"}, 200},
		{"another site's form", "POST", "127.0.0.1:7080", [2]string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"another site's form in a new browser", "POST", "127.0.0.1:7080", [2]string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
	} {
		r := httptest.NewRequest(c.method, "/jobs", nil)
		r.Host = c.host
		if c.header[0] != "" {
			r.Header.Set(c.header[0], c.header[1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d, must be %d", c.name, w.Code, c.want)
		}
	}
}
