package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/audit"
	"github.com/proviso-dev/proviso/internal/postgres"
	"github.com/proviso-dev/proviso/server"
	"github.com/proviso-dev/proviso/storage"
)

// TestStores runs a control plane on each store: jobs are submitted by several
// at once, it is stopped and started again, everything is there, and an audit
// finds nothing.
func TestStores(t *testing.T) {
	pg := postgres.Start(t)
	for name, store := range map[string]string{"sqlite": t.TempDir(), "postgres": pg.Database()} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			keys := t.TempDir()
			numbers := map[string]bool{}
			for round := range 2 {
				stop, addr := serveStore(t, store, keys, wide)
				var mu sync.Mutex
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						for range 10 {
							j := submitTo(t, addr)
							mu.Lock()
							if numbers[j.Number] {
								t.Errorf("the number %s was given twice", j.Number)
							}
							numbers[j.Number] = true
							mu.Unlock()
						}
					})
				}
				all.Wait()
				var listed api.Jobs
				getFrom(t, addr, "/v1/jobs?limit=1000", &listed)
				if want := 80 * (round + 1); len(listed.Jobs) != want || len(numbers) != want {
					t.Fatalf("round %d: %d jobs are listed, %d numbers were given, want %d", round, len(listed.Jobs), len(numbers), want)
				}
				stop()
			}
			r, err := storage.OpenReader(ctx, store)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			key, _, err := server.OpenLogKey(keys, "example.com/fleet")
			if err != nil {
				t.Fatal(err)
			}
			report, err := audit.Run(ctx, r, audit.Options{Log: key.Verifier})
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Findings) > 0 || report.Recomputed != report.Entries || report.Entries < 160 {
				t.Fatalf("%+v", report)
			}
		})
	}
}

// serveStore serves a control plane on a store, with its log's key in a folder;
// documents, as YAML, begin it.
func serveStore(t testing.TB, name, keys, text string) (stop func(), addr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	store, err := storage.Open(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := server.OpenLogKey(keys, "example.com/fleet")
	if err != nil {
		t.Fatal(err)
	}
	p, err := server.OpenPlane(ctx, server.PlaneOptions{
		Store: store, Signer: key.Signer, Verifier: key.Verifier, Key: key.Public, Clock: server.WallClock{}, Documents: parsed(t, text), Demo: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.New(p, server.NoTokens{}, slog.New(slog.DiscardHandler))
	h := s.HTTP()
	var all sync.WaitGroup
	all.Go(func() { _ = h.Serve(l) })
	all.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return func() {
		s.Stop()
		_ = h.Shutdown(context.Background())
		cancel()
		all.Wait()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}, l.Addr().String()
}

func submitTo(t *testing.T, addr string) (j api.Job) {
	t.Helper()
	body := bytes.NewReader([]byte(`{"endUser":"team-a","purpose":"research","devices":1,"for":"1h","checkpoint":"10m"}`))
	answer, err := http.Post("http://"+addr+"/v1/jobs", "application/json", body)
	if err != nil {
		t.Error(err)
		return j
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Error(fmt.Errorf("the answer is %s", answer.Status))
	}
	if err := json.NewDecoder(answer.Body).Decode(&j); err != nil {
		t.Error(err)
	}
	return j
}

func getFrom(t *testing.T, addr, path string, out any) {
	t.Helper()
	answer, err := http.Get("http://" + addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
}
