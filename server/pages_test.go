package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
)

// TestPagesOfManyJobs: a page is looked for among 10,000 jobs and no more, so
// that who asks for what there is none of does not hold up decisions; whoever
// follows the pages sees all.
func TestPagesOfManyJobs(t *testing.T) {
	const jobs = 10_100
	r := start(t, t.TempDir(), wide)
	defer r.stop()
	r.fill(t, jobs)
	page := func(query string) (out api.Jobs) {
		t.Helper()
		answer, err := http.Get("http://" + r.addr + "/v1/jobs?" + query)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if p := page("state=denied"); len(p.Jobs) != 0 || p.Next != "10001" {
		t.Errorf("the first page has %d denied jobs and the next is %q", len(p.Jobs), p.Next)
	}
	if p := page("state=denied&cursor=10001"); len(p.Jobs) != 0 || p.Next != "" {
		t.Errorf("the last page has %d denied jobs and the next is %q", len(p.Jobs), p.Next)
	}
	c, err := client.New("http://"+r.addr, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Jobs(context.Background(), "running")
	if err != nil || len(all) != jobs {
		t.Errorf("%d of %d jobs run: %v", len(all), jobs, err)
	}
	for i, j := range all {
		if j.Number == "" || i > 0 && len(j.Number) < len(all[i-1].Number) {
			t.Fatalf("job %q comes behind %q", j.Number, all[i-1].Number)
		}
	}
}
