package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/proviso-dev/proviso/yield"
)

// kernelInputs are the files of measured kernels of each product, with what
// their formats are called.
var kernelInputs = []struct {
	device, gemm, nccl string
	peak               map[string]float64
	bandwidth, link    float64
}{
	{"a100-sxm", "a100_gemm_trtllm_1.0.0.csv.gz", "a100_nccl_2.27.3.csv.gz", map[string]float64{"bf16": 312e12}, 2039e9, 300e9},
	{"h100-sxm", "h100_gemm_trtllm_1.2.0rc5.csv.gz", "h100_nccl_2.29.2.csv.gz", map[string]float64{"bf16": 989e12, "fp8": 1979e12}, 3350e9, 450e9},
	{"h200-sxm", "h200_gemm_trtllm_1.3.0rc10.csv.gz", "h200_nccl_2.26.2.csv.gz", map[string]float64{"bf16": 989e12, "fp8": 1979e12}, 4800e9, 450e9},
	{"b200-sxm", "b200_gemm_trtllm_1.2.0rc5.csv.gz", "b200_nccl_2.29.2.csv.gz", map[string]float64{"bf16": 2250e12, "fp8": 4500e12, "fp4": 9000e12}, 8000e9, 900e9},
}

// gemmFormats are the formats' names in the files.
var gemmFormats = map[string]string{"bfloat16": "bf16", "float16": "bf16", "fp8": "fp8", "nvfp4": "fp4"}

// gemm is one measured multiplication of rows × a matrix of weights.
type gemm struct {
	format              string
	rows, weights, time float64
}

type figures struct {
	// Compute is, by format, the share of the peak for matrices of 2¹⁸, 2¹⁹, …
	// weights.
	Compute   map[string][]float64 `json:"compute"`
	Stream    float64              `json:"stream"`
	AllReduce collective           `json:"allReduce"`
	AllToAll  collective           `json:"allToAll"`
}

type collective struct {
	Alpha float64 `json:"alpha"`
	Share float64 `json:"share"`
}

// kernels condenses measured kernels: the median share of the peak that
// multiplications of at least 2,048 rows reach, by the size of the matrix; the
// median share of the bandwidth of those in bf16 of at most 16 rows and 2²⁸ bytes,
// beside which starting takes nothing; and an alpha-beta fit of collectives. What
// a lone multiplication takes to start is left out of the first, since engines
// start the next while one runs: it is the time at no bytes of a straight line
// through those of at most 16 rows.
func kernels(dir, data, out string) error {
	file := struct {
		Command string             `json:"command"`
		Sources []string           `json:"sources"`
		Devices map[string]figures `json:"devices"`
		Scaled  map[string]float64 `json:"scaled"`
	}{"go run ./internal/calibrate kernels -kernels DIR -data DIR", nil, map[string]figures{}, nil}
	for _, in := range kernelInputs {
		f := figures{Compute: map[string][]float64{}}
		var all []gemm
		var streams []float64
		reads := map[string][][2]float64{}
		err := eachRow(filepath.Join(dir, in.gemm), func(r map[string]string) {
			g := gemm{gemmFormats[r["gemm_dtype"]], number(r["m"]), number(r["n"]) * number(r["k"]), number(r["latency"]) / 1e3}
			if in.peak[g.format] == 0 || g.time <= 0 {
				return
			}
			all = append(all, g)
			bytes := map[string]float64{"bf16": 2, "fp8": 1, "fp4": 0.5625}[g.format] * g.weights
			if g.rows <= 16 && bytes >= 1<<24 {
				reads[g.format] = append(reads[g.format], [2]float64{bytes, g.time})
			}
			if g.format == "bf16" && g.rows <= 16 && bytes >= 1<<28 {
				streams = append(streams, bytes/g.time/in.bandwidth)
			}
		})
		if err != nil {
			return err
		}
		launch := map[string]float64{}
		for format, r := range reads {
			launch[format], _ = line(r)
		}
		f.Stream = round(median(streams))
		shares := map[string]*[yield.MatrixSizes][]float64{}
		for _, g := range all {
			at, busy := yield.MatrixSize(g.weights), g.time-launch[g.format]
			if g.rows < 2048 || at < 0 || busy < g.time/4 {
				continue
			}
			if shares[g.format] == nil {
				shares[g.format] = new([yield.MatrixSizes][]float64)
			}
			shares[g.format][at] = append(shares[g.format][at], 2*g.rows*g.weights/busy/in.peak[g.format])
		}
		for format, sizes := range shares {
			for _, s := range sizes {
				f.Compute[format] = append(f.Compute[format], round(median(s)))
			}
		}
		type sample struct{ bytes, n, t float64 }
		reduce, exchange := []sample{}, []sample{}
		err = eachRow(filepath.Join(dir, in.nccl), func(r map[string]string) {
			if r["nccl_dtype"] != "half" {
				return
			}
			s := sample{2 * number(r["message_size"]), number(r["num_gpus"]), number(r["latency"]) / 1e3}
			switch r["op_name"] {
			case "all_reduce":
				reduce = append(reduce, s)
			case "alltoall":
				exchange = append(exchange, s)
			}
		})
		if err != nil {
			return err
		}
		fit := func(all []sample, passes float64) collective {
			var alphas, shares []float64
			for _, s := range all {
				switch {
				case s.bytes <= 32<<10:
					alphas = append(alphas, s.t/math.Log2(s.n))
				case s.bytes >= 64<<20:
					shares = append(shares, passes*s.bytes*(s.n-1)/s.n/s.t/in.link)
				}
			}
			return collective{Alpha: round(median(alphas)), Share: round(median(shares))}
		}
		f.AllReduce, f.AllToAll = fit(reduce, 2), fit(exchange, 1)
		file.Devices[in.device] = f
		file.Sources = append(file.Sources, fmt.Sprintf("ai-dynamo/aiconfigurator, measured kernels of %s: %s, %s", in.device, in.gemm, in.nccl))
	}
	var err error
	if file.Scaled, err = fastest(filepath.Join(data, "hardware_power_kernels.csv")); err != nil {
		return err
	}
	file.Sources = append(file.Sources, "stas00/ml-engineering, the fastest matrix multiplication that was found: MI300X, MI325X over H200")
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o644) //nolint:gosec // public figures
}
