package trace

import (
	"bytes"
	"math"

	"github.com/proviso-dev/proviso/quantity"
)

// slurmSpan reads [days-]hours:minutes:seconds and its short forms as Slurm
// does: minutes:seconds, days-hours, days-hours:minutes, and a plain number,
// which counts in unit (seconds for ElapsedRaw, minutes for a time limit).
func slurmSpan(b []byte, unit quantity.Duration) (quantity.Duration, bool) {
	number := func(b []byte) (quantity.Duration, bool) {
		if len(b) > 9 {
			return 0, false
		}
		n, ok := digits(b)
		return quantity.Duration(n), ok
	}
	days, rest, dashed := bytes.Cut(b, []byte{'-'})
	var sum quantity.Duration
	if dashed {
		d, ok := number(days)
		if !ok {
			return 0, false
		}
		sum = d * quantity.Day
	} else {
		rest = b
	}
	parts := bytes.Split(rest, []byte{':'})
	// After days the first part is hours; without them the last is seconds.
	units := []quantity.Duration{quantity.Hour, quantity.Minute, quantity.Second}
	switch {
	case len(parts) > 3:
		return 0, false
	case dashed:
	case len(parts) == 1:
		units = []quantity.Duration{unit}
	default:
		units = units[3-len(parts):]
	}
	for i, part := range parts {
		n, ok := number(part)
		if !ok {
			return 0, false
		}
		sum += n * units[i]
	}
	return sum, sum <= quantity.MaxDuration
}

// tresDevices counts the devices in a list of trackable resources such as
// "billing=8,cpu=64,gres/gpu:h100=8,gres/gpu=8,node=1". gres/gpu is the sum of
// the typed ones where both stand; gres/gpumem and gres/gpuutil are none. A job
// with shards or MPS shares but without a whole GPU counts as one device. bad
// is the item that could not be read.
func tresDevices(list []byte) (n int64, part bool, bad []byte) {
	all, typed := int64(-1), int64(0)
	for len(list) > 0 {
		var item []byte
		item, list, _ = bytes.Cut(list, []byte{','})
		name, value, _ := bytes.Cut(bytes.TrimSpace(item), []byte{'='})
		if !bytes.HasPrefix(name, []byte("gres/")) {
			continue
		}
		kind, _, isTyped := bytes.Cut(name[len("gres/"):], []byte{':'})
		switch string(kind) {
		case "gpu":
			v, ok := count(value)
			if !ok {
				return 0, false, item
			}
			if isTyped {
				typed += v
			} else {
				all = v
			}
		case "shard", "mps":
			if v, ok := count(value); !ok {
				return 0, false, item
			} else if v > 0 {
				part = true
			}
		}
	}
	if n = max(all, typed); n > math.MaxInt32 {
		return 0, false, []byte("the sum of the typed GPUs")
	}
	if n > 0 {
		return n, false, nil
	}
	if part {
		return 1, true, nil
	}
	return 0, false, nil
}
