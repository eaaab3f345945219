package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
)

// The model of one permit: at most three jobs of 8 devices run. Its state has a
// letter for each job by number: R runs, H waits, E ended, W was withdrawn.
// Work that waits starts in the order in which it came.
const modelRoom = clusterDevices / 8

// question is what a client asked: to submit a job, to end one, or for all jobs.
type question struct {
	what string // submit, end, list
	job  int
}

// answered is what it was told. State is ? where the program was killed before
// it answered, and the job was there afterwards.
type answered struct {
	job   int
	state string
	over  bool // it had come to its end before
	list  string
}

var onePermit = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, in, out any) (bool, any) {
		s, a, b := state.(string), in.(question), out.(answered)
		switch a.what {
		case "submit":
			is := "H"
			if strings.Count(s, "R") < modelRoom && !strings.Contains(s, "H") {
				is = "R"
			}
			return b.job == len(s)+1 && (b.state == is || b.state == "?"), s + is
		case "end":
			if a.job > len(s) {
				return false, s
			}
			next := []byte(s)
			switch s[a.job-1] {
			case 'R':
				next[a.job-1] = 'E'
				if i := strings.IndexByte(string(next), 'H'); i >= 0 {
					next[i] = 'R'
				}
			case 'H':
				next[a.job-1] = 'W'
			default:
				return b.over, s
			}
			return !b.over, string(next)
		}
		return b.list == s, s
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v: %+v", in, out) },
}

// TestModel: the model takes a history that is right, and refuses ones that are
// not.
func TestModel(t *testing.T) {
	op := func(from, to int64, a question, b answered) porcupine.Operation {
		return porcupine.Operation{Input: a, Output: b, Call: from, Return: to, ClientId: int(from)}
	}
	submit := question{what: "submit"}
	good := []porcupine.Operation{
		op(1, 2, submit, answered{job: 1, state: "R"}), op(3, 4, submit, answered{job: 2, state: "R"}), op(5, 6, submit, answered{job: 3, state: "R"}),
		op(7, 12, submit, answered{job: 4, state: "H"}), op(8, 11, question{what: "end", job: 1}, answered{}), op(13, 14, question{what: "list"}, answered{list: "ERRR"}),
	}
	if !porcupine.CheckOperations(onePermit, good) {
		t.Error("a right history is refused")
	}
	for name, change := range map[string]func(ops []porcupine.Operation){
		"a job too many": func(ops []porcupine.Operation) {
			ops[3].Output = answered{job: 4, state: "R"}
			ops[4].Call, ops[4].Return = 13, 15
		},
		"a job is lost":  func(ops []porcupine.Operation) { ops[5].Output = answered{list: "RRR"} },
		"an end is lost": func(ops []porcupine.Operation) { ops[5].Output = answered{list: "RRRH"} },
		"a number twice": func(ops []porcupine.Operation) { ops[1].Output = answered{job: 1, state: "R"} },
	} {
		bad := append([]porcupine.Operation{}, good...)
		change(bad)
		if porcupine.CheckOperations(onePermit, bad) {
			t.Errorf("%s: a wrong history is taken", name)
		}
	}
}

// historian keeps what several clients were told, over kills of the program.
type historian struct {
	t     *testing.T
	began time.Time

	mu  sync.Mutex
	ops []porcupine.Operation
	cut []cut // asked, and not answered
}

// cut is something that was asked of a program that was killed.
type cut struct {
	client int
	call   int64
	name   string
	question
}

// TestLinearizable checks what clients are told while they work at the same
// time on one permit, and the program is killed meanwhile, against the model:
// there must be one order of all that explains every answer.
func TestLinearizable(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	const lives, clients = 6, 4
	h := &historian{t: t, began: time.Now()}
	dir := filepath.Join(t.TempDir(), "data")
	docs := clusterFile(t, strings.Replace(cluster, "20000h", "9000000h", 1))
	random := rand.New(rand.NewPCG(seed, 2))
	for life := range lives {
		p := launch(t, dir, docs)
		c := p.client(t)
		h.resolve(c)
		ctx, cancel := context.WithCancel(context.Background())
		var all sync.WaitGroup
		for i := range clients {
			mine := rand.New(rand.NewPCG(seed, uint64(100+life*clients+i)))
			all.Go(func() { h.work(ctx, c, life, i, mine) })
		}
		time.Sleep(time.Duration(200+random.IntN(300)) * time.Millisecond)
		p.kill()
		cancel()
		all.Wait()
	}
	p := launch(t, dir, docs)
	c := p.client(t)
	h.resolve(c)
	h.list(context.Background(), c, 0)
	p.kill()
	t.Logf("%d answers over %d kills", len(h.ops), lives)
	if len(h.ops) < 20*lives {
		t.Errorf("%d answers are too few to show anything", len(h.ops))
	}
	result, info := porcupine.CheckOperationsVerbose(onePermit, h.ops, 2*time.Minute)
	if result != porcupine.Ok {
		path := filepath.Join(os.TempDir(), "proviso-history.html")
		err := porcupine.VisualizePath(onePermit, info, path)
		t.Errorf("the answers are explained by no order: %s; %s shows them (%v); again with -kill-seed %d", result, path, err, seed)
	}
	audited(t, dir)
}

func (h *historian) now() int64 { return int64(time.Since(h.began)) }

// did takes down an answer.
func (h *historian) did(client int, call int64, a question, b answered) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: a, Output: b, Call: call, Return: h.now()})
}

// work asks until there is no answer.
func (h *historian) work(ctx context.Context, c *client.Client, life, me int, random *rand.Rand) {
	var mine []int
	for n := 0; ; n++ {
		call := h.now()
		a := question{what: "submit"}
		name := fmt.Sprintf("%d-%d-%d", life, me, n)
		var err error
		switch k := random.IntN(10); {
		case k < 4 || len(mine) == 0:
			var j *api.Job
			s := api.Submission{Name: name, EndUser: "somebody", Devices: 8, For: "1000h", Checkpoint: "1h"}
			if j, err = c.Submit(ctx, s, name); err == nil {
				mine = append(mine, jobNumber(h.t, j.Number))
				h.did(me, call, a, answered{job: jobNumber(h.t, j.Number), state: letter(h.t, j.State)})
			}
		case k < 8:
			i := random.IntN(len(mine))
			a = question{what: "end", job: mine[i]}
			_, err = c.End(ctx, fmt.Sprint(a.job))
			var p *api.Problem
			over := errors.As(err, &p) && p.Status == http.StatusConflict
			if err == nil || over {
				h.did(me, call, a, answered{over: over})
				err = nil
				if random.IntN(4) > 0 { // else it is ended again
					mine = append(mine[:i], mine[i+1:]...)
				}
			}
		default:
			if err = h.list(ctx, c, me); err != nil {
				return // it changes nothing: there is nothing to resolve
			}
		}
		if err != nil {
			h.mu.Lock()
			h.cut = append(h.cut, cut{me, call, name, a})
			h.mu.Unlock()
			return
		}
	}
}

// list asks for all jobs.
func (h *historian) list(ctx context.Context, c *client.Client, me int) error {
	call := h.now()
	all, err := c.Jobs(ctx, "")
	if err != nil {
		return err
	}
	if len(all) >= 1000 {
		h.t.Fatal("the jobs do not fit one page, which is what is one answer")
	}
	h.did(me, call, question{what: "list"}, answered{list: letters(h.t, all)})
	return nil
}

// resolve finds out what has become of what was not answered. It has happened
// or it never will: the program that was asked is dead.
func (h *historian) resolve(c *client.Client) {
	h.t.Helper()
	all, err := c.Jobs(context.Background(), "")
	if err != nil {
		h.t.Fatal(err)
	}
	names := map[string]int{}
	for i := range all {
		names[all[i].Name] = jobNumber(h.t, all[i].Number)
	}
	state := letters(h.t, all)
	for _, x := range h.cut {
		switch {
		case x.what == "submit" && names[x.name] > 0:
			h.did(x.client, x.call, x.question, answered{job: names[x.name], state: "?"})
		case x.what == "end" && x.job <= len(state) && strings.ContainsRune("EW", rune(state[x.job-1])) && !h.endedBefore(x.job):
			h.did(x.client, x.call, x.question, answered{})
		}
	}
	h.cut = nil
}

// endedBefore reports whether an end of a job was answered: another one that
// was not answered changed nothing.
func (h *historian) endedBefore(job int) bool {
	for _, o := range h.ops {
		if a := o.Input.(question); a.what == "end" && a.job == job {
			return true
		}
	}
	return false
}

func jobNumber(t testing.TB, text string) int { return int(whole(t, text)) }

func letter(t testing.TB, state string) string {
	t.Helper()
	l, ok := map[string]string{"running": "R", "held": "H", "ended": "E", "withdrawn": "W"}[state]
	if !ok {
		t.Errorf("a job is %s, which the model does not know", state)
	}
	return l
}

func letters(t testing.TB, all []api.Job) string {
	t.Helper()
	var b strings.Builder
	for i := range all {
		b.WriteString(letter(t, all[i].State))
	}
	return b.String()
}
