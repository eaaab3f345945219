package main

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// fastest gives, for products without measured kernels by size, the share of
// the peak that the fastest multiplication in bf16 reaches, over that of H200.
func fastest(name string) (map[string]float64, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	share := map[string]float64{}
	for _, l := range lines {
		_, percent, found := strings.Cut(l[11], "efficiency ")
		if l[8] == "max_achievable_matmul" && l[3] == "bf16" && found {
			share[l[1]] = number(strings.TrimSuffix(percent, "%"))
		}
	}
	h200 := share["H100 SXM (H200 same)"]
	if h200 == 0 || share["MI300X"] == 0 || share["MI325X"] == 0 {
		return nil, fmt.Errorf("%s: the fastest multiplications of H200, MI300X and MI325X are not in it", name)
	}
	return map[string]float64{"mi300x": round(share["MI300X"] / h200), "mi325x": round(share["MI325X"] / h200)}, nil
}

// line fits a straight line by least squares.
func line(points [][2]float64) (at0, slope float64) {
	var mx, my, sxx, sxy float64
	n := float64(len(points))
	for _, p := range points {
		mx, my = mx+p[0]/n, my+p[1]/n
	}
	for _, p := range points {
		sxx, sxy = sxx+(p[0]-mx)*(p[0]-mx), sxy+(p[0]-mx)*(p[1]-my)
	}
	slope = sxy / sxx
	return my - slope*mx, slope
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
