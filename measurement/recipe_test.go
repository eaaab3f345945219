package measurement

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/yield"
)

const header = "source,system,model,precision,gpus,isl,osl,concurrency_or_batch,metric,value,unit,notes\n"

// What InferenceX's recipes say of a run, and its table does not.
func TestRecipes(t *testing.T) {
	for _, c := range []struct {
		name, system, model, precision, concurrency, notes string
		kv                                                 fleet.Precision
		speculative                                        bool
		poll                                               int
	}{
		{"fp8 on Blackwell", "b200_sxm", "deepseek-ai/DeepSeek-V3", "fp4", "64", "sglang 0.5.9; agg tp=4 pp=1 dp_attn=1 moe_ep=1 bs=64; db-dump/2026-04-27; measured=2026-03-25T00:00:00.000Z", "fp8", false, 30},
		{"a look every tenth step", "b200_sxm", "deepseek-ai/DeepSeek-V3", "fp4", "8", "sglang 0.5.9; agg tp=4 pp=1 dp_attn=1 moe_ep=1 bs=8; db-dump/2026-04-27; measured=2026-03-25T00:00:00.000Z", "fp8", false, 10},
		{"before the recipe took fp8 up", "b200_sxm", "openai/gpt-oss-120b", "fp4", "8", "vllm ; agg tp=8 pp=1 dp_attn=1 moe_ep=1 bs=8; source_file=2026-04-06.csv; measured=2025-11-02T00:00:00.000Z", "bf16", false, 0},
		{"after it", "b200_sxm", "openai/gpt-oss-120b", "fp4", "8", "vllm 0.15.1; agg tp=8 pp=1 dp_attn=1 moe_ep=1 bs=8; source_file=2026-04-06.csv; measured=2026-02-25T00:00:00.000Z", "fp8", false, 0},
		{"as the checkpoint computes", "h200_sxm", "openai/gpt-oss-120b", "fp4", "8", "trtllm gpt-oss-dev; agg tp=8 pp=1 dp_attn=1 moe_ep=1 bs=8; source_file=2026-04-06.csv; measured=2025-12-15T00:00:00.000Z", "bf16", false, 0},
		{"drafted", "h200_sxm", "deepseek-ai/DeepSeek-R1", "fp8", "8", "trtllm 1.1.0rc2.post2; agg tp=8 pp=1 dp_attn=1 moe_ep=8 bs=8; source_file=2026-03-25.csv; model=DeepSeek-R1; measured=2026-01-14T00:00:00.000Z", "fp8", true, 0},
		{"before there were drafts", "b200_sxm", "deepseek-ai/DeepSeek-R1", "fp4", "8", "trtllm 1.1.0rc2.post2; agg tp=8 pp=1 dp_attn=1 moe_ep=8 bs=8; source_file=2026-04-06.csv; model=DeepSeek-R1; measured=2025-12-15T00:00:00.000Z", "fp8", false, 0},
	} {
		row := readOne(t, c.system+","+c.model+","+c.precision+",8,1000,500,"+c.concurrency+",ttft,100,ms,"+c.notes)
		if row.Formats.KV != c.kv || row.Speculative != c.speculative || row.Poll != c.poll {
			t.Errorf("%s: cache in %s, drafted %v, a look each %d steps; want %s, %v, %d", c.name, row.Formats.KV, row.Speculative, row.Poll, c.kv, c.speculative, c.poll)
		}
		if row.Input != 900 || row.Output != 450 {
			t.Errorf("%s: %g tokens in and %g out: the mean of lengths drawn from 800 to 1000 and 400 to 500 is 900 and 450", c.name, row.Input, row.Output)
		}
	}
}

// NVIDIA's own runs in the same table have fixed lengths.
func TestFixedLengths(t *testing.T) {
	row := readOne(t, "h100_sxm,Qwen/Qwen3-32B,,2,1024,128,16,tpot,16.5,ms,sglang 0.5.1.post1; agg tp=2 pp=1 dp_attn= moe_ep=1 bs=16; source_file=h100_sxm/sglang/0.5.1.post1/Qwen_Qwen3-32B.csv; silicon_concurrency=16")
	if !row.Waves || row.Input != 1024 || row.Output != 128 || row.Poll != 0 || row.Engine != yield.SGLang {
		t.Errorf("%+v", row)
	}
}

func readOne(t *testing.T, line string) Row {
	t.Helper()
	rows := readLines(t, "a,"+line+"\n")
	if len(rows) != 1 {
		t.Fatalf("%q: %d rows", line, len(rows))
	}
	return rows[0]
}

// One run that no large matrix is fast enough for means that prompts were
// cached, in all runs of its file.
func TestCachedSeries(t *testing.T) {
	line := func(id, file, ttft, tpot string) string {
		notes := "vllm 0.12.0; agg tp=1 pp=1 dp_attn= moe_ep=1 bs=96; source_file=h200_sxm/vllm/" + file + ".csv; silicon_concurrency=96\n"
		row := id + ",h200_sxm,meta-llama/Llama-3.1-8B-Instruct,fp8,1,4000,500,96,"
		return row + "ttft," + ttft + ",ms," + notes + row + "tpot," + tpot + ",ms," + notes
	}
	possible, impossible := line("a", "one", "500", "30"), line("b", "one", "20", "2")
	if rows := readLines(t, possible); len(rows) != 2 {
		t.Errorf("%d rows of a possible run", len(rows))
	}
	rows := readLines(t, possible+impossible+line("c", "two", "500", "30"))
	if len(rows) != 2 || rows[0].Source != "c" {
		t.Errorf("%d rows beside a file with an impossible run, the first of %q; want the two of the other file", len(rows), rows[0].Source)
	}
}

func readLines(t *testing.T, lines string) []Row {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "inferencex_aic_silicon.csv"), []byte(header+lines), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, _, err := ReadDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
