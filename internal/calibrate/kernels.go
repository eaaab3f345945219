package main

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

type figures struct {
	Compute   map[string]float64 `json:"compute"`
	Stream    float64            `json:"stream"`
	AllReduce collective         `json:"allReduce"`
	AllToAll  collective         `json:"allToAll"`
}

type collective struct {
	Alpha float64 `json:"alpha"`
	Share float64 `json:"share"`
}

// kernels condenses measured kernels: the median share of the peak that
// multiplications of at least 2,048 rows and 2²⁴ weights reach, the median
// share of the bandwidth of those of at most 16 rows and 2²⁶ weights, and an
// alpha-beta fit of collectives.
func kernels(dir, out string) error {
	file := struct {
		Command string             `json:"command"`
		Sources []string           `json:"sources"`
		Devices map[string]figures `json:"devices"`
	}{"go run ./internal/calibrate kernels -kernels DIR", nil, map[string]figures{}}
	for _, in := range kernelInputs {
		f := figures{Compute: map[string]float64{}}
		shares, streams := map[string][]float64{}, []float64{}
		err := eachRow(filepath.Join(dir, in.gemm), func(r map[string]string) {
			format := gemmFormats[r["gemm_dtype"]]
			peak := in.peak[format]
			m, n, k, t := number(r["m"]), number(r["n"]), number(r["k"]), number(r["latency"])/1e3
			if peak == 0 || t <= 0 {
				return
			}
			if m >= 2048 && n*k >= 1<<24 {
				shares[format] = append(shares[format], 2*m*n*k/t/peak)
			}
			size := map[string]float64{"bf16": 2, "fp8": 1, "fp4": 0.5625}[format]
			if m <= 16 && n*k >= 1<<26 {
				streams = append(streams, size*n*k/t/in.bandwidth)
			}
		})
		if err != nil {
			return err
		}
		for format, s := range shares {
			f.Compute[format] = round(median(s))
		}
		f.Stream = round(median(streams))
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
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(data, '\n'), 0o644) //nolint:gosec // public figures
}

// eachRow calls f for every row of a gzipped table with a header.
func eachRow(name string, f func(map[string]string)) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	r := csv.NewReader(z)
	header, err := r.Read()
	if err != nil {
		return err
	}
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		row := make(map[string]string, len(header))
		for i, h := range header {
			row[h] = line[i]
		}
		f(row)
	}
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return v
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// round keeps four significant digits, so that the file does not change with
// the last bits of a platform's arithmetic.
func round(v float64) float64 {
	x, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	return x
}
