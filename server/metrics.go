package server

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/proviso-dev/proviso/control"
)

// metrics are the control plane's own, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	entries  *prometheus.CounterVec
	verdicts *prometheus.CounterVec
	effects  *prometheus.CounterVec
	cosigned prometheus.Counter
	requests *prometheus.HistogramVec
}

func newMetrics(p *Plane) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		entries:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "proviso_entries_total", Help: "Entries appended to the ledger since the start, by kind."}, []string{"kind"}),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "proviso_verdicts_total", Help: "Verdicts on what was asked for since the start, by kind of request and outcome."}, []string{"kind", "outcome"}),
		effects:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "proviso_effects_total", Help: "What followed from facts since the start: starts, stops, breaches and others."}, []string{"do"}),
		cosigned: prometheus.NewCounter(prometheus.CounterOpts{Name: "proviso_cosign_failures_total", Help: "Checkpoints that were published without the witnesses' quorum or not at all."}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "proviso_http_request_duration_seconds", Help: "Time from a request to its answer, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"route", "status"}),
	}
	gauge := func(name, help string, value func(s *control.State) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			p.mu.Lock()
			defer p.mu.Unlock()
			return value(p.state)
		})
	}
	m.registry.MustRegister(
		m.entries, m.verdicts, m.effects, m.cosigned, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("proviso_jobs_running", "Jobs that run.", func(s *control.State) float64 { return float64(s.Active()) }),
		gauge("proviso_jobs_waiting", "Jobs that wait.", func(s *control.State) float64 { return float64(s.Waiting()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "proviso_ledger_entries", Help: "Entries of the ledger that are durable."},
			func() float64 { return float64(p.log.Size()) }),
	)
	return m
}

func (m *metrics) count(f control.Fact, o *control.Outcome) {
	m.entries.WithLabelValues(f.Kind()).Inc()
	if o.Verdict != nil {
		m.verdicts.WithLabelValues(f.Kind(), o.Verdict.Outcome).Inc()
	}
	for i := range o.Effects {
		m.effects.WithLabelValues(string(o.Effects[i].Do)).Inc()
	}
}

func (m *metrics) cosignFailed(error) { m.cosigned.Inc() }
