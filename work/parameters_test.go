package work_test

import (
	"math"
	"testing"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
	"pgregory.net/rapid"
)

func models(t testing.TB) map[string]*work.Model {
	t.Helper()
	all, err := catalog.BuiltinModels()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*work.Model{}
	for i := range all {
		byName[all[i].Name] = &all[i].Spec
	}
	return byName
}

// Every shipped architecture gives the published number of parameters. The
// published figures are rounded, and some leave out small parts.
func TestCountAgreesWithPublishedParameters(t *testing.T) {
	for name, m := range models(t) {
		if !m.Described() {
			if len(m.Gaps) == 0 {
				t.Errorf("%s has no architecture and does not say why", name)
			}
			continue
		}
		c := m.Count()
		published := amount(t, m.Parameters)
		if off := math.Abs(float64(c.Total)/published - 1); off > 0.03 {
			t.Errorf("%s: computed %.4g parameters, published %.4g (%.1f %% off)", name, float64(c.Total), published, 100*off)
		}
		if m.Active.Zero() {
			continue
		}
		// Publishers differ in whether they count the embedding's table, and
		// round down (GLM-4.5-Air: 12B).
		active := amount(t, m.Active)
		low, high := float64(c.Active), float64(c.Active+c.Embedding)
		if active < low*0.93 || active > high*1.07 {
			t.Errorf("%s: computed %.4g active parameters, %.4g with the embedding; published %.4g", name, low, high, active)
		}
	}
}

func amount(t testing.TB, a quantity.Amount) float64 {
	t.Helper()
	v, err := a.Int64(quantity.Tokens)
	if err != nil {
		t.Fatal(err)
	}
	return float64(v)
}

// Exact counts of tensors, where the makers or the checkpoints' indexes give
// them; ours leave out norms and biases.
func TestCountExact(t *testing.T) {
	all := models(t)
	for _, c := range []struct {
		name string
		want float64 // parameters in the checkpoint
	}{
		{"llama-3-1-8b", 8_030_261_248},
		{"llama-3-1-70b", 70_553_706_496},
		{"llama-2-7b", 6_738_415_616},
		{"llama-2-70b", 68_976_648_192},
		{"mixtral-8x7b", 46_702_792_704},
		{"qwen3-235b-a22b", 235_093_634_560},
		{"deepseek-v3", 671_026_419_200},
	} {
		got := float64(all[c.name].Count().Total)
		if off := math.Abs(got/c.want - 1); off > 0.0005 {
			t.Errorf("%s: %.0f parameters, the checkpoint has %.0f", c.name, got, c.want)
		}
	}
}

// Sources: arXiv 2405.04434 and the ISCA 2025 paper on DeepSeek-V3 (70 KB,
// Qwen2.5-72B 327,680, Llama-3.1-405B 516,096 bytes in bf16).
func TestKVBytesPerToken(t *testing.T) {
	all := models(t)
	for _, c := range []struct {
		name string
		want float64
	}{
		{"deepseek-v3", 70_272},
		{"llama-3-1-70b", 327_680},
		{"qwen2-5-72b", 327_680},
		{"llama-3-1-405b", 516_096},
		{"qwen3-235b-a22b", 192_512},
		{"llama-2-7b", 524_288},
		{"deepseek-v3-2", 70_272 + 61*132},
		{"gpt-oss-120b", 18 * 2 * 8 * 64 * 2}, // the windows of the other half do not grow
	} {
		if got := all[c.name].KVBytesPerToken(2); got != c.want {
			t.Errorf("%s: %.0f bytes for each token, want %.0f", c.name, got, c.want)
		}
	}
}

// Published: at a million tokens V4-Flash's cache is far smaller than V3.2's
// (the report's 10 % is for V4-Pro), and about 16.4 GB are reported for it at
// most.
func TestCompressedCacheIsSmall(t *testing.T) {
	all := models(t)
	flash, v32 := all["deepseek-v4-flash"].KVBytes(1<<20, 2), all["deepseek-v3-2"].KVBytes(1<<20, 2)
	if flash > 0.15*v32 || flash > 16.4e9 {
		t.Errorf("V4-Flash keeps %.3g bytes for a million tokens, V3.2 %.3g", flash, v32)
	}
}

// What a token reads of the cache never exceeds what is kept, grows with the
// context, and stays constant where a window or an index limits it.
func TestCacheGrows(t *testing.T) {
	all := models(t)
	names := make([]string, 0, len(all))
	for n, m := range all {
		if m.Described() {
			names = append(names, n)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := all[rapid.SampledFrom(names).Draw(t, "model")]
		short := rapid.Float64Range(1, 1e6).Draw(t, "context")
		long := short + rapid.Float64Range(0, 1e6).Draw(t, "more")
		if m.KVBytes(short, 2) > m.KVBytes(long, 2)*(1+1e-12) || m.KVRead(short, 2) > m.KVRead(long, 2)*(1+1e-12) {
			t.Fatalf("the cache shrinks from %v to %v tokens", short, long)
		}
		if m.KVRead(long, 2) > m.KVBytes(long, 2)*(1+1e-12) {
			t.Fatalf("more is read than is kept")
		}
		if m.AttentionFLOPs(short, true) > m.AttentionFLOPs(long, true)*(1+1e-12) {
			t.Fatalf("attention gets cheaper from %v to %v tokens", short, long)
		}
	})
}
