package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
)

// Collector asks the witnesses of a policy for cosignatures.
type Collector struct {
	client *http.Client
	policy *ledger.Policy

	mu   sync.Mutex
	last map[string]int64 // by witness: the size that it cosigned last
}

// NewCollector makes a collector for those witnesses of a policy that have a
// URL.
func NewCollector(client *http.Client, policy *ledger.Policy) *Collector {
	return &Collector{client: client, policy: policy, last: map[string]int64{}}
}

// Cosign asks all witnesses at once and gives the signature lines that verify.
// It is an error, beside the lines, if they do not make the quorum. It is a
// ledger.Cosign.
func (c *Collector) Cosign(ctx context.Context, signed []byte, p ledger.Checkpoint, proof func(old int64) (tlog.TreeProof, error)) ([]byte, error) {
	lines := make([][]byte, len(c.policy.Witnesses))
	errs := make([]error, len(lines))
	sigs := make([][]note.Signature, len(lines))
	var wg sync.WaitGroup
	for i, w := range c.policy.Witnesses {
		if w.URL == "" {
			continue
		}
		wg.Go(func() {
			lines[i], sigs[i], errs[i] = c.ask(ctx, w, signed, p, proof)
			if errs[i] != nil {
				errs[i] = fmt.Errorf("witness %s: %w", w.Name, errs[i])
			}
		})
	}
	wg.Wait()
	var there []note.Signature
	for _, s := range sigs {
		there = append(there, s...)
	}
	if err := c.policy.Check(there); err != nil {
		return bytes.Join(lines, nil), errors.Join(append([]error{err}, errs...)...)
	}
	return bytes.Join(lines, nil), nil
}

// ask sends the checkpoint to one witness, a second time if the witness knows
// another size.
func (c *Collector) ask(ctx context.Context, w ledger.Witness, signed []byte, p ledger.Checkpoint, proof func(old int64) (tlog.TreeProof, error)) ([]byte, []note.Signature, error) {
	c.mu.Lock()
	old := c.last[w.Name]
	c.mu.Unlock()
	for range 2 {
		var path tlog.TreeProof
		if old > 0 && old < p.Size {
			var err error
			if path, err = proof(old); err != nil {
				return nil, nil, err
			}
		}
		line, known, err := c.post(ctx, w, formatRequest(old, path, signed))
		if err != nil {
			return nil, nil, err
		}
		if known >= 0 {
			if known > p.Size {
				return nil, nil, fmt.Errorf("it cosigned %d entries, but this log has %d: the log was rolled back", known, p.Size)
			}
			old = known
			continue
		}
		n, err := note.Open(append(bytes.Clone(signed), line...), note.VerifierList(w.Key))
		if err != nil {
			return nil, nil, fmt.Errorf("its answer is not its cosignature: %w", err)
		}
		c.mu.Lock()
		c.last[w.Name] = p.Size
		c.mu.Unlock()
		var own []byte
		for _, s := range n.Sigs {
			own = fmt.Appendf(own, "— %s %s\n", s.Name, s.Base64)
		}
		return own, n.Sigs, nil
	}
	return nil, nil, errors.New("it names another size each time")
}

// post gives the answer, or the size that the witness knows, or -1.
func (c *Collector) post(ctx context.Context, w ledger.Witness, body []byte) (line []byte, known int64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(w.URL, "/")+"/add-checkpoint", bytes.NewReader(body))
	if err != nil {
		return nil, -1, err
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, -1, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxRequest))
	if err != nil {
		return nil, -1, err
	}
	switch {
	case answer.StatusCode == http.StatusOK:
		return text, -1, nil
	case answer.StatusCode == http.StatusConflict && answer.Header.Get("Content-Type") == sizeType:
		known, err := strconv.ParseInt(strings.TrimSuffix(string(text), "\n"), 10, 64)
		if err != nil || known < 0 {
			return nil, -1, fmt.Errorf("it answers 409 with %q, which is no size", text)
		}
		return nil, known, nil
	}
	return nil, -1, fmt.Errorf("it answers %s: %s", answer.Status, strings.TrimSpace(string(text)))
}
