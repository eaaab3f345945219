package ledger

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// The roots over the first n of these leaves are those of the test vectors of
// the certificate transparency project, https://github.com/google/certificate-transparency
// (cpp/merkletree/merkle_tree_test.cc).
var ctLeaves = []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}

var ctRoots = []string{
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}

func TestRootsOfCertificateTransparency(t *testing.T) {
	e := &edge{}
	for i, leaf := range ctLeaves {
		data, err := hex.DecodeString(leaf)
		if err != nil {
			t.Fatal(err)
		}
		e.add(tlog.RecordHash(data))
		root, err := tree{context.Background(), nil, e}.root(e.size)
		if err != nil || hex.EncodeToString(root[:]) != ctRoots[i] {
			t.Errorf("root over %d leaves: %x, %v, must be %s", i+1, root[:], err, ctRoots[i])
		}
	}
}

// tiles is a reader that has the full tiles of a tree, and its leaves.
type tiles struct {
	full   map[[2]int64][]byte
	leaves []Record
}

func (s *tiles) Size(context.Context) (int64, error) { return int64(len(s.leaves)), nil }
func (s *tiles) Records(_ context.Context, from, to int64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range s.leaves[from:to] {
			if !yield(r, nil) {
				return
			}
		}
	}
}
func (s *tiles) Tile(_ context.Context, level int, n int64) ([]byte, error) {
	if data, ok := s.full[[2]int64{int64(level), n}]; ok {
		return data, nil
	}
	return nil, ErrNotFound
}
func (s *tiles) Value(context.Context, string) ([]byte, error) { return nil, ErrNotFound }

// TestTreeIsThatOfTlog compares roots, proofs and the edge that is read back
// with x/mod's own storage of all hashes, for trees of up to three levels.
func TestTreeIsThatOfTlog(t *testing.T) {
	ctx := context.Background()
	const most = 1<<16 + 700
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var h []tlog.Hash
		for _, i := range indexes {
			h = append(h, stored[i])
		}
		return h, nil
	})
	s := &tiles{full: map[[2]int64][]byte{}}
	e := &edge{}
	edges := map[int64]*edge{0: {}}
	for i := range int64(most) {
		data := fmt.Appendf(nil, "leaf %d", i)
		more, err := tlog.StoredHashes(i, data, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		s.leaves = append(s.leaves, Record{Data: data})
		for _, f := range e.add(tlog.RecordHash(data)) {
			s.full[[2]int64{int64(f.Level), f.N}] = f.Data
		}
		if n := i + 1; n < 600 || n > most-600 || n%251 == 0 {
			edges[n] = e.clone()
		}
	}
	sizes := make([]int64, 0, len(edges))
	for n := range edges {
		sizes = append(sizes, n)
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.SampledFrom(sizes).Draw(rt, "size")
		tr := tree{ctx, s, edges[n]}
		want, err := tlog.TreeHash(n, reader)
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := tr.root(n); err != nil || got != want {
			rt.Fatalf("root over %d leaves: %v, %v, must be %v", n, got, err, want)
		}
		again, err := readEdge(ctx, &tiles{s.full, s.leaves[:n]}, n)
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := (tree{ctx, s, again}).root(n); err != nil || got != want {
			rt.Fatalf("root over %d leaves, read back: %v, %v, must be %v", n, got, err, want)
		}
		if n == 0 {
			return
		}
		old := rapid.Int64Range(1, n).Draw(rt, "old")
		p, err := tlog.ProveTree(n, old, tr)
		if err != nil {
			rt.Fatal(err)
		}
		oldRoot, err := tlog.TreeHash(old, reader)
		if err != nil {
			rt.Fatal(err)
		}
		if err := tlog.CheckTree(p, n, want, old, oldRoot); err != nil {
			rt.Fatalf("from %d to %d: %v", old, n, err)
		}
	})
}
