package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
)

// Authenticator says who a request comes from.
type Authenticator interface {
	Authenticate(r *http.Request, now time.Time) (access.Identity, error)
}

// Server serves a control plane over HTTP.
type Server struct {
	plane *Plane
	who   Authenticator
	log   *slog.Logger
	mux   *http.ServeMux
	guard http.Handler // before the mux
	// stopping is closed when streams are to end.
	stopping chan struct{}
	slow     chan struct{} // holds one while something goes through the whole ledger
}

// Bounds of a request and of its answer.
const (
	maxBody      = 1 << 20
	maxPage      = 1000
	pageSize     = 100
	askWithin    = 30 * time.Second // to send a request
	answerWithin = time.Minute      // to take an answer, or a page of a stream
)

// New makes a server. Errors that are not the caller's go to log.
func New(p *Plane, who Authenticator, log *slog.Logger) *Server {
	s := &Server{plane: p, who: who, log: log, mux: http.NewServeMux(), stopping: make(chan struct{}), slow: make(chan struct{}, 1)}
	for _, r := range s.routes() {
		s.mux.Handle(r.Method+" "+r.Path, s.serve(r))
	}
	s.mux.HandleFunc("/", s.nothing)
	s.guard = s.mux
	if _, open := who.(NoTokens); open {
		s.guard = access.SameMachine(s.mux)
	}
	return s
}

// ServeHTTP serves a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.guard.ServeHTTP(w, r) }

// nothing answers where there is no such resource, or not with this method.
func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.fail(w, r, &api.Problem{Title: "Method not allowed", Status: http.StatusMethodNotAllowed, Detail: fmt.Sprintf("%q takes %s", r.URL.Path, strings.Join(allowed, " and "))})
		return
	}
	s.fail(w, r, &api.Problem{Title: "Not found", Status: http.StatusNotFound, Detail: fmt.Sprintf("there is nothing at %q; /openapi.json lists what there is", r.URL.Path)})
}

// HTTP gives an HTTP server with bounds on what a client can hold open.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: askWithin, WriteTimeout: answerWithin, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// call is a request on its way.
type call struct {
	r    *http.Request
	w    http.ResponseWriter
	who  access.Identity
	body any // a pointer to what the route takes
}

// route is one resource with a method: where it is, what it takes and gives,
// who may ask. The OpenAPI document is made of these.
type route struct {
	Method, Path, Name string
	Summary            string
	Takes              func() any // a pointer to a new value, or nil
	Gives              any        // an example of the answer's type; nil for text
	Status             int
	Query, Header      []parameter
	Text               string   // the media type of an answer that is not one of these values
	Media              []string // others that it may have instead
	do                 func(*call) (any, error)
	stream             func(*call) error // in place of do
	open               bool              // nobody is asked who they are
}

type parameter struct{ Name, Says string }

// serve wraps a route: who asks, the body within its bounds, the answer or the
// problem, and the time it took.
func (s *Server) serve(rt route) http.Handler {
	times := s.plane.metrics.requests.MustCurryWith(prometheus.Labels{"route": rt.Name})
	usual := sync.OnceValue(func() prometheus.Observer { return times.WithLabelValues(strconv.Itoa(rt.Status)) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		if err := s.handle(rt, rec, r); err != nil {
			s.fail(rec, r, err)
		}
		took := time.Since(began).Seconds()
		if rec.status == rt.Status {
			usual().Observe(took)
		} else {
			times.WithLabelValues(strconv.Itoa(rec.status)).Observe(took)
		}
	})
}

func (s *Server) handle(rt route, w http.ResponseWriter, r *http.Request) error {
	c := &call{r: r, w: w}
	if !rt.open {
		var err error
		if c.who, err = s.identify(r); err != nil {
			return err
		}
	}
	if rt.Takes != nil {
		c.body = rt.Takes()
		if err := readBody(w, r, c.body); err != nil {
			return err
		}
	}
	if rt.stream != nil {
		return rt.stream(c)
	}
	out, err := rt.do(c)
	if err != nil {
		return err
	}
	if text, ok := out.([]byte); ok {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", rt.Text)
		}
		_, err := w.Write(text)
		return err
	}
	writeJSON(w, rt.Status, out)
	return nil
}

// bodies is memory that bodies are read into; what is read is copied from there.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func readBody(w http.ResponseWriter, r *http.Request, into any) error {
	room := bodies.Get().(*bytes.Buffer)
	defer func() {
		if room.Cap() <= 64<<10 { // what a usual body takes
			bodies.Put(room)
		}
	}()
	room.Reset()
	_, err := room.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(room.Bytes(), into, json.RejectUnknownMembers(true))
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &api.Problem{Title: "Too large", Status: http.StatusRequestEntityTooLarge, Detail: "the body is larger than 1 MiB"}
	case err != nil:
		return &api.Problem{Title: "Bad request", Status: http.StatusBadRequest, Detail: "the body cannot be read: " + err.Error()}
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, v)
}

// identify says whom a request comes from. Why somebody is not known is for
// the log alone.
func (s *Server) identify(r *http.Request) (access.Identity, error) {
	who, err := s.who.Authenticate(r, s.plane.clock.Now())
	var unknown *access.Unauthenticated
	if errors.As(err, &unknown) {
		s.log.Info("not authenticated", "from", r.RemoteAddr, "path", r.URL.Path, "reason", unknown.Reason)
		return who, &api.Problem{Title: "Not authenticated", Status: http.StatusUnauthorized, Detail: err.Error()}
	}
	return who, err
}

// fail answers with a problem (RFC 9457).
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problem(err)
	if p.Status >= 500 {
		s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if p.Type == "" {
		p.Type = "about:blank"
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.MarshalWrite(w, p)
}

// problem says what kind of error it is. What went wrong inside is not told.
func problem(err error) *api.Problem {
	var p *api.Problem
	var refusal *access.Refusal
	var unknown *control.UnknownError
	conflicts := []error{control.ErrOver, signature.ErrReplayed, signature.ErrOrder, signature.ErrVersion, signature.ErrSpec, signature.ErrRevoked}
	refusals := []error{signature.ErrNotNamed, signature.ErrOther, signature.ErrMalformed, signature.ErrNamespace, signature.ErrUnknownKey, signature.ErrDates, signature.ErrForged}
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &refusal):
		return &api.Problem{Title: "Not allowed", Status: http.StatusForbidden, Detail: err.Error()}
	case errors.As(err, &unknown):
		return &api.Problem{Title: "Not found", Status: http.StatusNotFound, Detail: err.Error()}
	case isAny(err, conflicts):
		return &api.Problem{Title: "Conflict", Status: http.StatusConflict, Detail: err.Error()}
	case isAny(err, refusals):
		return &api.Problem{Title: "Signature refused", Status: http.StatusForbidden, Detail: err.Error()}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ledger.ErrClosed):
		return &api.Problem{Title: "Unavailable", Status: http.StatusServiceUnavailable, Detail: "the control plane is stopping, or the request was given up; whether it was recorded is not known"}
	case errors.Is(err, errUnrecorded):
		return &api.Problem{Title: "Unavailable", Status: http.StatusServiceUnavailable, Detail: "the control plane records nothing now, and its log says why; whether this was recorded is not known"}
	case errors.Is(err, errInvalid):
		return &api.Problem{Title: "Not valid", Status: http.StatusUnprocessableEntity, Detail: err.Error()}
	}
	return &api.Problem{Title: "Internal error", Status: http.StatusInternalServerError, Detail: "the control plane could not do this; its log says why"}
}

func isAny(err error, all []error) bool {
	for _, e := range all {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// errInvalid marks what the caller can mend.
var errInvalid = errors.New("not valid")

// invalid marks an error of a fact as the caller's.
type invalid struct{ error }

func (invalid) Is(target error) bool { return target == errInvalid }
func (i invalid) Unwrap() error      { return i.error }

// recorder keeps the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController flush.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (s *Server) healthz(*call) (any, error) { return []byte("ok\n"), nil }

// readyz reports whether what is asked for now would be recorded.
func (s *Server) readyz(c *call) (any, error) {
	if err := s.plane.Read(c.r.Context(), func(*control.State, calendar.Instant) error { return nil }); err != nil {
		s.log.Error("not ready", "error", err)
		return nil, &api.Problem{Title: "Not ready", Status: http.StatusServiceUnavailable, Detail: "the control plane records nothing now; its log says why"}
	}
	return []byte("ready\n"), nil
}

func (s *Server) metrics(c *call) error {
	if err := c.who.May(access.ReadMetrics, access.Object{}); err != nil {
		return err
	}
	promhttp.HandlerFor(s.plane.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(c.w, c.r)
	return nil
}

// Stop ends streams, so that the HTTP server can shut down.
func (s *Server) Stop() { close(s.stopping) }
