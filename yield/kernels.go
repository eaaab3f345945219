package yield

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"sync"
)

//go:embed kernels.json
var kernelsJSON []byte

// Kernels is what single operations reach on a product, from published
// measurements of kernels: see the file's header for where they come from.
type Kernels struct {
	// Measured says that the figures are the product's own.
	Measured bool
	// Compute is the share of the peak that multiplications of many rows reach,
	// by format and size of the matrix: see [MatrixSize].
	Compute [formats][MatrixSizes]float64
	// Stream is the share of the memory's bandwidth that reading weights reaches.
	Stream float64
	// AllReduce and AllToAll are the time of a collective over n devices: a
	// fixed time and the share of the link's bandwidth.
	AllReduce, AllToAll Collective
}

// Collective is the alpha-beta model of a collective operation: Alpha seconds
// for each doubling of the devices, and the bytes that cross a device's link
// at Share of its bandwidth.
type Collective struct {
	Alpha float64 `json:"alpha"`
	Share float64 `json:"share"`
}

// kernelFile is kernels.json. It is written by go run ./internal/calibrate
// kernels, never by hand.
type kernelFile struct {
	Command string                   `json:"command"`
	Sources []string                 `json:"sources"`
	Devices map[string]kernelFigures `json:"devices"`
	// Scaled is, of products whose kernels are not measured by size, how much
	// less of its peak the fastest multiplication reaches than on an H200.
	Scaled map[string]float64 `json:"scaled"`
}

type kernelFigures struct {
	Compute   map[string][]float64 `json:"compute"`
	Stream    float64              `json:"stream"`
	AllReduce Collective           `json:"allReduce"`
	AllToAll  Collective           `json:"allToAll"`
}

var readKernels = sync.OnceValue(func() kernelFile {
	var f kernelFile
	if err := json.Unmarshal(kernelsJSON, &f); err != nil {
		panic(fmt.Sprintf("yield: kernels.json: %v", err)) // embedded: a mistake of the build
	}
	return f
})

// kernelsOf gives a product's measured kernels, or those of a measured product
// of its generation, or of Hopper.
func kernelsOf(name string, g Generation) Kernels {
	all := readKernels().Devices
	f, own := all[name]
	scaled := 1.0
	if by := readKernels().Scaled[name]; by > 0 {
		scaled = by
	}
	if !own {
		f = all[map[Generation]string{Ampere: "a100-sxm", Blackwell: "b200-sxm"}[g]]
		if f.Stream == 0 {
			f = all["h200-sxm"]
		}
	}
	k := Kernels{Measured: own, Stream: f.Stream, AllReduce: f.AllReduce, AllToAll: f.AllToAll}
	for i := range formats {
		name := i.String()
		if f.Compute[name] == nil {
			name = bf16.String()
		}
		for j, share := range f.Compute[name] {
			k.Compute[i][j] = share * scaled
		}
	}
	return k
}

// MatrixSizes is how many sizes of matrices kernels are measured for: of 2¹⁸
// weights, 2¹⁹, and so on.
const MatrixSizes = 12

// smallestMatrix is the logarithm of the first.
const smallestMatrix = 18

// MatrixSize gives the index of the size that a matrix of so many weights has;
// −1 when it is smaller than all of them. The last stands for larger ones too.
func MatrixSize(weights float64) int {
	return max(-1, min(MatrixSizes-1, int(math.Floor(math.Log2(weights)))-smallestMatrix))
}

// reach is the share of the peak that matrices of so many weights reach, when
// so much (0 to 1) of what small ones lose is not made up for by work beside
// them.
func (k *Kernels) reach(f format, weights, lost float64) float64 {
	most := k.share(f, large)
	return most * math.Pow(k.share(f, weights)/most, lost)
}

// share is the measured share of the peak of matrices of so many weights.
func (k *Kernels) share(f format, weights float64) float64 {
	// Sizes stand for the middle of their doubling.
	x := min(MatrixSizes-1, max(0, math.Log2(max(1, weights))-smallestMatrix-0.5))
	i := min(MatrixSizes-2, int(x))
	part := x - float64(i)
	return (1-part)*k.Compute[f][i] + part*k.Compute[f][i+1]
}

// allReduce is the time to sum bytes over n devices, within a domain and then
// between domains. Source of the factor: nccl-tests, doc/PERFORMANCE.md.
func (d *Device) allReduce(bytes float64, n int) float64 {
	if n <= 1 {
		return 0
	}
	c := d.Kernels.AllReduce
	inside := float64(min(n, d.Domain))
	t := c.Alpha*math.Log2(float64(n)) + bytes*2*(inside-1)/inside/(d.Link*c.Share)
	if n > d.Domain {
		// Each device sums its part with those of the other domains.
		domains := float64(n) / inside
		t += bytes / inside * 2 * (domains - 1) / domains / (d.Network * c.Share)
	}
	return t
}

// allToAll is the time to exchange bytes that each of n devices holds.
func (d *Device) allToAll(bytes float64, n int) float64 {
	if n <= 1 {
		return 0
	}
	c, link := d.Kernels.AllToAll, d.Link
	if n > d.Domain {
		link = d.Network
	}
	return c.Alpha*math.Log2(float64(n)) + bytes*float64(n-1)/float64(n)/(link*c.Share)
}
