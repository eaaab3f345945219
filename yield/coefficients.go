package yield

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed coefficients.json
var coefficientsJSON []byte

// Coefficients is everything that is fitted to published measurements, in one
// place. coefficients.json is written by go run ./internal/calibrate fit, which
// says in it what it was fitted to; nothing in it is set by hand.
type Coefficients struct {
	// Command and Data say how and from what the file was made.
	Command string   `json:"command"`
	Data    []string `json:"data"`
	// Serving holds the named coefficients of serving, see ServingNames.
	Serving map[string]float64 `json:"serving"`
	// Training holds those of training, see TrainingNames.
	Training map[string]float64 `json:"training"`
	// Energy holds those of power, see EnergyNames.
	Energy map[string]float64 `json:"energy"`
	// HeldOut is the same fitted anew without some groups of measurements, so
	// that each group can be predicted by what has not seen it.
	HeldOut []Fold `json:"heldOut"`
	// Residuals are the held-out errors of each class, which intervals come from.
	Residuals []Residuals `json:"residuals"`
}

// Fold is coefficients fitted without the measurements of Groups.
type Fold struct {
	Groups   []string           `json:"groups"`
	Serving  map[string]float64 `json:"serving"`
	Training map[string]float64 `json:"training"`
	Energy   map[string]float64 `json:"energy"`
}

// Residuals are the errors of one class of predictions on measurements that
// they were not fitted to: the tenth, fiftieth and ninetieth percentile of
// measured over predicted.
type Residuals struct {
	// Metric, Accelerator, Model kind (dense or moe), Format and Engine; an
	// empty one stands for all.
	Metric      string  `json:"metric"`
	Accelerator string  `json:"accelerator,omitempty"`
	Kind        string  `json:"kind,omitempty"`
	Format      string  `json:"format,omitempty"`
	Engine      string  `json:"engine,omitempty"`
	Rows        int     `json:"rows"`
	Groups      int     `json:"groups"`
	P10         float64 `json:"p10"`
	P50         float64 `json:"p50"`
	P90         float64 `json:"p90"`
}

// Fitted gives the coefficients that ship with the program.
var Fitted = sync.OnceValue(func() *Coefficients {
	var c Coefficients
	if err := json.Unmarshal(coefficientsJSON, &c); err != nil {
		panic(fmt.Sprintf("yield: coefficients.json: %v", err)) // embedded: a mistake of the build
	}
	return &c
})

// Predictor predicts with one set of coefficients, laid out for speed.
type Predictor struct {
	serving   [servingCount]float64
	training  [trainingCount]float64
	energy    [energyCount]float64
	residuals []Residuals
}

// NewPredictor lays coefficients out. A name that is missing is an error, so
// that a file and a program of different versions cannot be mixed.
func NewPredictor(c *Coefficients) (*Predictor, error) {
	p := &Predictor{residuals: c.Residuals}
	for _, part := range []struct {
		names  []string
		values map[string]float64
		to     []float64
	}{{ServingNames(), c.Serving, p.serving[:]}, {TrainingNames(), c.Training, p.training[:]}, {EnergyNames(), c.Energy, p.energy[:]}} {
		for i, name := range part.names {
			v, ok := part.values[name]
			if !ok {
				return nil, fmt.Errorf("the coefficient %s is missing", name)
			}
			part.to[i] = v
		}
	}
	return p, nil
}

// Without gives the predictor that was fitted without a group of
// measurements; the one of all where no fold names the group.
func Without(c *Coefficients, group string) (*Predictor, error) {
	for i := range c.HeldOut {
		f := &c.HeldOut[i]
		if slices.Contains(f.Groups, group) {
			return NewPredictor(&Coefficients{Serving: f.Serving, Training: f.Training, Energy: f.Energy, Residuals: c.Residuals})
		}
	}
	return NewPredictor(c)
}

// Default is the predictor of the shipped coefficients.
var Default = sync.OnceValue(func() *Predictor {
	p, err := NewPredictor(Fitted())
	if err != nil {
		panic("yield: coefficients.json: " + err.Error()) // embedded: a mistake of the build
	}
	return p
})
