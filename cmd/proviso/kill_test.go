package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
	"github.com/proviso-dev/proviso/ledger"
)

var (
	killRounds = flag.Int("kill-rounds", 200, "how often the program is killed")
	killSeed   = flag.Uint64("kill-seed", 0, "the seed of the kills; by the clock when 0")
)

// killFolder is after how many kills another folder is begun: a first start is
// killed too.
const killFolder = 40

// TestKilled kills the program with kill -9 at random moments, of its first
// start too, while submitters work on it, and starts it again on what is left.
// Of all that was acknowledged nothing may be lost or become otherwise, no
// bound may be passed, and each folder is audited.
func TestKilled(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again with: go test ./cmd/proviso -run TestKilled -kill-rounds %d -kill-seed %d", *killRounds, seed)
		}
	})
	var acknowledged atomic.Int64
	t.Run("folders", func(t *testing.T) {
		for first := 0; first < *killRounds; first += killFolder {
			t.Run(fmt.Sprintf("from %d", first), func(t *testing.T) {
				t.Parallel()
				v := &victim{
					t: t, dir: filepath.Join(t.TempDir(), "data"), docs: clusterFile(t, cluster), random: rand.New(rand.NewPCG(seed, uint64(first))),
					acked: map[string]ack{}, ended: map[string]bool{}, roots: map[int64]tlog.Hash{},
				}
				for n := first; n < min(first+killFolder, *killRounds) && !t.Failed(); n++ {
					v.round()
				}
				v.settle()
				acknowledged.Add(int64(len(v.acked)))
			})
		}
	})
	t.Logf("%d kills; %d jobs were acknowledged", *killRounds, acknowledged.Load())
	if n := acknowledged.Load(); n < int64(*killRounds) {
		t.Errorf("%d jobs were acknowledged in %d rounds: too few to show anything", n, *killRounds)
	}
}

// victim is a data folder whose program is killed again and again.
type victim struct {
	t      testing.TB
	dir    string
	docs   string
	random *rand.Rand

	mu      sync.Mutex
	next    int
	acked   map[string]ack // by key
	pending []submission   // sent, and not answered
	ended   map[string]bool
	roots   map[int64]tlog.Hash // of checkpoints that were served
}

// ack is what was answered to a submission.
type ack struct {
	job string
	verdictOf
	// again: it was sent before, so the answer has the job's verdict as it was
	// by then.
	again bool
}

// submission is a job with its key.
type submission struct {
	key   string
	job   api.Submission
	again bool
}

// round starts the program, works on it and kills it.
func (v *victim) round() {
	life := time.Duration(v.random.IntN(250)) * time.Millisecond
	seeds := [4]uint64{v.random.Uint64(), v.random.Uint64(), v.random.Uint64(), v.random.Uint64()}
	p := launch(v.t, v.dir, v.docs)
	if v.random.IntN(5) == 0 { // at any moment of the start
		time.Sleep(life)
		p.kill()
		v.look(p)
		return
	}
	if p.address() == "" {
		v.t.Fatalf("it did not start again: %v\n%s", p.err, p.output())
	}
	c := p.client(v.t)
	v.check(c)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for i, s := range seeds {
		all.Go(func() { v.work(ctx, c, rand.New(rand.NewPCG(s, uint64(i)))) })
	}
	all.Go(func() { v.watch(ctx, p) })
	time.Sleep(life)
	p.kill()
	cancel()
	all.Wait()
}

// look requires of a start that was killed that it has not refused to start.
func (v *victim) look(p *process) {
	if s := p.output(); strings.Contains(s, "Error:") {
		v.t.Errorf("it did not start:\n%s", s)
	}
}

// work submits and ends jobs until there is no answer.
func (v *victim) work(ctx context.Context, c *client.Client, random *rand.Rand) {
	for {
		s := v.take(random)
		j, err := c.Submit(ctx, s.job, s.key)
		var p *api.Problem
		switch {
		case errors.As(err, &p) && p.Status != http.StatusServiceUnavailable:
			v.t.Errorf("submission %s: %v", s.key, err)
			return
		case err != nil:
			v.mu.Lock()
			s.again = true
			v.pending = append(v.pending, s)
			v.mu.Unlock()
			return
		}
		v.acknowledge(s, j)
		if random.IntN(3) > 0 && j.State != "denied" {
			if _, err := c.End(ctx, j.Number); err == nil {
				v.mu.Lock()
				v.ended[j.Number] = true
				v.mu.Unlock()
			} else if errors.As(err, &p) && p.Status != http.StatusConflict && p.Status != http.StatusServiceUnavailable {
				v.t.Errorf("end of job %s: %v", j.Number, err)
			}
		}
	}
}

// take gives something to submit: what was not answered before goes first.
func (v *victim) take(random *rand.Rand) submission {
	v.mu.Lock()
	defer v.mu.Unlock()
	if n := len(v.pending); n > 0 {
		s := v.pending[n-1]
		v.pending = v.pending[:n-1]
		return s
	}
	v.next++
	lengths := []string{"50ms", "300ms", "2s", "1h", "30h"}
	return submission{key: fmt.Sprintf("key-%d", v.next), job: api.Submission{
		Name: fmt.Sprintf("job-%d", v.next), EndUser: "somebody", Devices: 1 + random.Int64N(6), For: lengths[random.IntN(len(lengths))], Checkpoint: "10ms",
	}}
}

// acknowledge takes down what was answered.
func (v *victim) acknowledge(s submission, j *api.Job) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if j.Verdict == nil {
		v.t.Errorf("job %s was answered without a verdict", j.Number)
		return
	}
	v.acked[s.key] = ack{job: j.Number, verdictOf: verdictOf{j.Verdict.Outcome, j.Verdict.Hash}, again: s.again}
}

// check asks the program that was started again for what it has acknowledged.
func (v *victim) check(c *client.Client) {
	all, err := c.Jobs(context.Background(), "")
	if err != nil {
		v.t.Errorf("list after a kill: %v", err)
		return
	}
	names := map[string]string{}
	over := map[string]bool{}
	for i := range all {
		names[all[i].Name] = all[i].Number
		over[all[i].Number] = all[i].Ended != nil
	}
	for key, a := range v.acked {
		if name := "job-" + strings.TrimPrefix(key, "key-"); names[name] != a.job {
			v.t.Errorf("job %s was acknowledged for %s, and after a kill %s is job %q", a.job, key, name, names[name])
		}
	}
	for job := range v.ended {
		if !over[job] {
			v.t.Errorf("the end of job %s was acknowledged, and after a kill it has not ended", job)
		}
	}
}

// watch reads the checkpoints that are served.
func (v *victim) watch(ctx context.Context, p *process) {
	secret, _ := os.ReadFile(filepath.Join(v.dir, "operator.token"))
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, "GET", p.address()+"/log/checkpoint", nil)
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(secret)))
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			return
		}
		text, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || got.StatusCode != http.StatusOK {
			if got.StatusCode != http.StatusNotFound && err == nil {
				v.t.Errorf("checkpoint: %d %s", got.StatusCode, text)
			}
			time.Sleep(5 * time.Millisecond)
			continue
		}
		c, err := ledger.ParseCheckpoint(noteText(string(text)))
		if err != nil {
			v.t.Errorf("checkpoint: %v", err)
			return
		}
		v.mu.Lock()
		if before, ok := v.roots[c.Size]; ok && before != c.Root {
			v.t.Errorf("two checkpoints of %d entries with two roots were served", c.Size)
		}
		v.roots[c.Size] = c.Root
		v.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
}

func noteText(signed string) string {
	text, _, _ := strings.Cut(signed, "\n\n")
	return text + "\n"
}

// settle reads the folder that is left.
func (v *victim) settle() {
	if _, err := os.Stat(filepath.Join(v.dir, "ledger.db")); err != nil {
		return // it was killed before it began anything
	}
	sizes := map[int64]bool{}
	for n := range v.roots {
		sizes[n] = true
	}
	sum := recountFolder(v.t, v.dir, sizes)
	for n, root := range v.roots {
		if sum.roots[n] != root {
			v.t.Errorf("a checkpoint of %d entries was served, and of the %d that are durable they are not the first", n, sum.size)
		}
	}
	for key, a := range v.acked {
		if got := sum.submitted[a.job]; got.outcome == "" || !a.again && got != a.verdictOf {
			v.t.Errorf("job %s was acknowledged with %+v, the ledger has %+v", a.job, a.verdictOf, got)
		}
		hash := sha256.Sum256([]byte("operator\x00" + key))
		if job := sum.keys[hex.EncodeToString(hash[:])]; job != a.job {
			v.t.Errorf("job %s was acknowledged for %s, the ledger has %q", a.job, key, job)
		}
	}
	for job := range v.ended {
		if !sum.ended[job] {
			v.t.Errorf("the end of job %s was acknowledged, and is not in the ledger", job)
		}
	}
	if sum.devices > clusterDevices {
		v.t.Errorf("%d devices ran at a time, at most %d may", sum.devices, clusterDevices)
	}
	if hours := sum.hours / 3_600_000; hours > clusterHours {
		v.t.Errorf("%d device-hours were used and reserved, at most %d may", hours, clusterHours)
	}
	report := audited(v.t, v.dir)
	if report.Entries != sum.size {
		v.t.Errorf("the audit saw %d entries of %d", report.Entries, sum.size)
	}
}
