package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/storage"
)

// stream follows the events as somebody, behind the last one seen, and gives
// the positions of up to n entries. It ends at the stream's end.
func (f *fleet) stream(who, last string, n int) (ids []string, ended bool) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", f.base+"/v1/events", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.tokens[who])
	if last == "" {
		r.URL.RawQuery = "from=0"
	} else {
		r.Header.Set("Last-Event-ID", last)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Error(err)
		return nil, false
	}
	defer got.Body.Close()
	lines := bufio.NewScanner(got.Body)
	for len(ids) < n && lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			ids = append(ids, id)
		}
	}
	return ids, len(ids) < n && lines.Err() == nil
}

// TestResume: a client that is cut off after any number of events, also by a
// restart, and comes back with the last one, gets each entry once.
func TestResume(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 60 {
			f.ask("operator", "POST", "/v1/jobs", api.Submission{EndUser: "team-b", Purpose: "research", Devices: 1, For: "1h"})
		}
	}()
	last, next := "", 0
	for round := 1; next < 40; round++ {
		ids, _ := f.stream("auditor", last, round%7+1)
		for _, id := range ids {
			if id != strconv.Itoa(next) {
				t.Fatalf("entry %s came where %d was due", id, next)
			}
			next++
		}
		if len(ids) == 0 {
			t.Fatalf("nothing came behind entry %s", last)
		}
		last = ids[len(ids)-1]
	}
	<-done
	f.restart()
	total := len(f.store.held())
	ids, _ := f.stream("auditor", last, total-next)
	if len(ids) != total-next || ids[0] != strconv.Itoa(next) || ids[len(ids)-1] != strconv.Itoa(total-1) {
		t.Errorf("after a restart %d events came behind entry %s, of %d", len(ids), last, total-next)
	}
}

// TestStreamEnds: a stream outlasts the time in which a request must be sent,
// sees what happens then, and ends when the server stops.
func TestStreamEnds(t *testing.T) {
	f := newFleet(t)
	f.stop()
	f.serveWith(func(h *http.Server) { h.ReadTimeout, h.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond })
	total := len(f.store.held())
	type result struct {
		ids   []string
		ended bool
	}
	got := make(chan result, 1)
	go func() {
		ids, ended := f.stream("auditor", strconv.Itoa(total-1), 1000)
		got <- result{ids, ended}
	}()
	time.Sleep(time.Second)
	f.endorse()
	time.Sleep(100 * time.Millisecond)
	f.stop()
	select {
	case r := <-got:
		if len(r.ids) != 2 || !r.ended {
			t.Errorf("the stream gave the entries %v and ended by itself: %t; want the two endorsements and its end", r.ids, r.ended)
		}
	case <-time.After(15 * time.Second):
		t.Error("the stream goes on behind the server's end")
	}
}

// TestStreamReader: clients that ask for a long stream and do not read hold
// nobody up, however many they are.
func TestStreamReader(t *testing.T) {
	f := newFleet(t)
	f.stop()
	store, err := storage.Open(context.Background(), filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	f.disk = store
	f.serveWith(func(h *http.Server) {
		h.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			_ = c.(*net.TCPConn).SetWriteBuffer(4096) // so that it is soon full
			return ctx
		}
	})
	f.endorse()
	for n := range 3000 {
		if _, err := f.plane.Do(context.Background(), evidenceOf(n)); err != nil {
			t.Fatal(err)
		}
	}
	address := strings.TrimPrefix(f.base, "http://")
	for range 12 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.(*net.TCPConn).SetReadBuffer(4096)
		fmt.Fprintf(conn, "GET /v1/events?from=0 HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", address, f.tokens["auditor"])
		if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	for n := range 20 {
		f.must("operator", "POST", "/v1/jobs", api.Submission{EndUser: "team-b", Purpose: "research", Devices: 1, For: "1h"}, nil, "Idempotency-Key", strconv.Itoa(n))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("20 submissions took %s while nobody read the streams", took)
	}
}
