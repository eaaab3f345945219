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
	// Compute is the share of the peak that large matrix multiplications reach, by format.
	Compute [formats]float64
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
}

type kernelFigures struct {
	Compute   map[string]float64 `json:"compute"`
	Stream    float64            `json:"stream"`
	AllReduce Collective         `json:"allReduce"`
	AllToAll  Collective         `json:"allToAll"`
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
	if !own {
		f = all[map[Generation]string{Ampere: "a100-sxm", Blackwell: "b200-sxm"}[g]]
		if f.Stream == 0 {
			f = all["h200-sxm"]
		}
	}
	k := Kernels{Measured: own, Stream: f.Stream, AllReduce: f.AllReduce, AllToAll: f.AllToAll}
	for i := range formats {
		k.Compute[i] = f.Compute[i.String()]
		if k.Compute[i] == 0 {
			k.Compute[i] = f.Compute["bf16"]
		}
	}
	return k
}

// allReduce is the time to sum bytes over n devices over one link. Source of
// the factor: nccl-tests, doc/PERFORMANCE.md.
func (d *Device) allReduce(bytes float64, n int) float64 {
	if n <= 1 {
		return 0
	}
	c := d.Kernels.AllReduce
	return c.Alpha*math.Log2(float64(n)) + bytes*2*float64(n-1)/float64(n)/(d.Link*c.Share)
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
