package yield

// The coefficients of power, in parts of a device's rated power.
const (
	powerIdle    = iota // drawn whenever a model is loaded and served
	powerCompute        // added by multiplying all of the time
	powerMemory         // added by reading weights all of the time
	powerCache          // added by looking back all of the time
	powerTrain          // drawn in steady training, added to by multiplying
	powerTrainCompute
	powerNode // what a node draws beside its devices, for each device
	energyCount
)

// EnergyNames gives the names of the coefficients of power in their order.
func EnergyNames() []string {
	return []string{"powerIdle", "powerCompute", "powerMemory", "powerCache", "powerTrain", "powerTrainCompute", "powerNode"}
}

// ServingPower is the power that one device draws, in W; 0 when its rated
// power is not published.
func (p *Predictor) ServingPower(d *Device, s Served) float64 {
	e := &p.energy
	return d.Power * min(1.05, e[powerIdle]+e[powerCompute]*s.Compute+e[powerMemory]*s.Memory+e[powerCache]*s.Cache)
}

// TrainingPower is the power that one device draws in training, in W.
func (p *Predictor) TrainingPower(d *Device, t Trained) float64 {
	e := &p.energy
	return d.Power * min(1.05, e[powerTrain]+e[powerTrainCompute]*t.Compute)
}

// NodePower is what the node draws for a device that draws so much: the
// device, and a share of processors, memory, network and fans.
func (p *Predictor) NodePower(d *Device, device float64) float64 {
	return device + p.energy[powerNode]*d.Power
}
