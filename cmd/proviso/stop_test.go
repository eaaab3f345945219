package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

// TestTerminated asks the program to stop while it is busy: it exits with 0,
// all that it acknowledged is on record, and its last checkpoint is of all of
// it.
func TestTerminated(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := launch(t, dir, clusterFile(t, cluster))
	c := p.client(t)
	var mu sync.Mutex
	acked := map[string]bool{}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := 0; ; n++ {
				j, err := c.Submit(context.Background(), api.Submission{EndUser: "x", Devices: 1, For: "1h", Checkpoint: "1m"}, fmt.Sprintf("%d-%d", i, n))
				if err != nil {
					return
				}
				mu.Lock()
				acked[j.Number] = true
				mu.Unlock()
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	began := time.Now()
	if err := p.terminate(); err != nil {
		t.Errorf("it exited with %v:\n%s", err, p.output())
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	all.Wait()
	if !strings.Contains(p.output(), "the ledger is written and signed") {
		t.Errorf("it does not say that it has stopped:\n%s", p.output())
	}
	sum := recountFolder(t, dir, nil)
	for job := range acked {
		if sum.submitted[job].outcome == "" {
			t.Errorf("job %s was acknowledged, and is not in the ledger", job)
		}
	}
	if len(acked) < 10 {
		t.Errorf("%d jobs were acknowledged: too few to show anything", len(acked))
	}
	if c := checkpointOf(t, dir); c.Size != sum.size {
		t.Errorf("the last checkpoint is of %d entries, the ledger has %d", c.Size, sum.size)
	}
	audited(t, dir)
}

// checkpointOf is a folder's last checkpoint, verified.
func checkpointOf(t testing.TB, dir string) ledger.Checkpoint {
	t.Helper()
	r, err := storage.OpenReader(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	signed, err := r.Value(context.Background(), ledger.CheckpointValue)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(readFile(t, filepath.Join(dir, "log.vkey")))
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := ledger.OpenCheckpoint(signed, verifier)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFullDisk lets the program's disk fill up: it acknowledges nothing that is
// not on record, says what is wrong, and goes on once there is room.
func TestFullDisk(t *testing.T) {
	inNamespace(t, "TestFullDisk", func(t *testing.T) {
		disk := t.TempDir()
		mountMemory(t, disk, "size=3m")
		dir := filepath.Join(disk, "data")
		docs := clusterFile(t, cluster)
		p := launch(t, dir, docs)
		c := p.client(t)
		acked := map[string]bool{}
		var refused error
		for n := 0; n < 20_000; n++ {
			j, err := c.Submit(context.Background(), api.Submission{Name: strings.Repeat("long", 50), EndUser: "x", Devices: 1, For: "1h", Checkpoint: "1m"}, fmt.Sprint(n))
			if err != nil {
				refused = err
				break
			}
			acked[j.Number] = true
		}
		if refused == nil {
			t.Fatalf("%d jobs fit a disk of 3 MB", len(acked))
		}
		select {
		case <-p.exited:
		case <-time.After(20 * time.Second):
			t.Errorf("it goes on:\n%s", p.output())
			p.kill()
		}
		if p.err == nil || !strings.Contains(p.output(), "full") {
			t.Errorf("it exited with %v, and does not say that the disk is full:\n%s", p.err, p.output())
		}
		mountMemory(t, disk, "remount,size=64m")
		p = launch(t, dir, docs)
		again, err := p.client(t).Jobs(context.Background(), "")
		if err != nil {
			t.Fatalf("%v\n%s", err, p.output())
		}
		there := map[string]bool{}
		for _, j := range again {
			there[j.Number] = true
		}
		for job := range acked {
			if !there[job] {
				t.Errorf("job %s was acknowledged, and is lost", job)
			}
		}
		if _, err := p.client(t).Submit(context.Background(), api.Submission{EndUser: "x", Devices: 1, For: "1h", Checkpoint: "1m"}, "after"); err != nil {
			t.Errorf("with room again: %v", err)
		}
		if err := p.terminate(); err != nil {
			t.Errorf("it exited with %v:\n%s", err, p.output())
		}
		audited(t, dir)
		t.Logf("the disk was full after %d jobs: %v", len(acked), refused)
	})
}
