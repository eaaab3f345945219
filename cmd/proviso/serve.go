package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/server"
	"github.com/proviso-dev/proviso/storage"
	"github.com/proviso-dev/proviso/witness"
)

// planeFlags are what a control plane is started with.
type planeFlags struct {
	data, store, listen, name string
	demo                      bool
	at, scenario              string
	speed                     float64
	tlsCert, tlsKey, clientCA string
	witnesses                 string
	witness                   []string
	logLevel                  string
	tls                       *tls.Config
}

func newServeCommand() *cobra.Command {
	var f planeFlags
	cmd := &cobra.Command{
		Use:   "serve [PATH...]",
		Short: "Decide live, keep everything, prove it",
		Long: `Serve runs the control plane: it decides on jobs under the permits that cover
the devices, and records every fact in a ledger that third parties can verify.

The first start begins the ledger with the documents at PATH; later ones go on
from the ledger alone. The store is a SQLite file in the data folder, or
PostgreSQL with --store. The data folder also holds the log's key and, from the
first start on, an operator's token.

With --demo throwaway keys sign what the documents assert, a simulated clock
starts at their date, what they expect happens at its middle date, nobody is
asked for a token, and everything is marked DEMO. Without it only signatures of
the authorities' own keys count.

It listens on loopback. Elsewhere it refuses to listen without TLS and
authentication. It opens no connection to anywhere unless a witness is named.

Each flag can be set in a file (--config; deploy/proviso.yaml is one) and by an
environment variable too: --tls-cert is tls-cert there and PROVISO_TLS_CERT
here. A flag comes before a variable, a variable before the file.`,
		Example: `  proviso serve --demo examples/h200
  proviso serve --demo examples/h200 --at 2026-03-01 --speed 86400     # a day each second
  proviso serve permits/ --name log.example/fleet --data /var/lib/proviso
  proviso serve --data /var/lib/proviso --store postgres://proviso@localhost/proviso
  proviso serve --data /var/lib/proviso --listen :7443 --tls-cert cert.pem --tls-key key.pem --client-ca ca.pem
  proviso serve --data /var/lib/proviso --witness "$(cat witness.vkey) https://witness.example"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serve(ctx, cmd, &f, args)
		},
	}
	cmd.Flags().StringVar(&f.data, "data", "proviso-data", "folder for the ledger, keys and tokens")
	cmd.Flags().StringVar(&f.store, "store", "", "where the ledger is kept, if not in the data folder: postgres://…")
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:7080", "address to listen on")
	cmd.Flags().StringVar(&f.name, "name", "proviso.example/log", "name of the log, at the first start; such as log.example/fleet")
	cmd.Flags().BoolVar(&f.demo, "demo", false, "throwaway keys, a simulated clock, no tokens")
	cmd.Flags().StringVar(&f.at, "at", "", "with --demo: where the clock starts; the documents' own date when absent")
	cmd.Flags().Float64Var(&f.speed, "speed", 1, "with --demo: how fast the clock runs; 86400 is a day each second")
	cmd.Flags().StringVar(&f.scenario, "scenario", "", "with --demo: a scenario of the documents")
	cmd.Flags().StringVar(&f.tlsCert, "tls-cert", "", "file with the server's certificate")
	cmd.Flags().StringVar(&f.tlsKey, "tls-key", "", "file with its key")
	cmd.Flags().StringVar(&f.clientCA, "client-ca", "", "file with the authorities of client certificates")
	cmd.Flags().StringVar(&f.witnesses, "witnesses", "", "policy of the witnesses that are asked to cosign (C2SP tlog-policy)")
	cmd.Flags().StringArrayVar(&f.witness, "witness", nil, "a witness that is asked to cosign: its public key and its URL, with a space between; may be given again")
	cmd.Flags().StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	bindConfig(cmd)
	return cmd
}

func serve(ctx context.Context, cmd *cobra.Command, f *planeFlags, paths []string) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return fmt.Errorf("there is no log level %q: write debug, info, warn or error", f.logLevel)
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
	if !f.demo && (f.at != "" || f.scenario != "" || cmd.Flags().Changed("speed")) {
		return errors.New("--at, --speed and --scenario go with --demo: a real control plane has the real time")
	}
	var err error
	if f.tlsCert+f.tlsKey+f.clientCA != "" {
		files := access.TLSFiles{Certificate: f.tlsCert, Key: f.tlsKey, ClientCA: f.clientCA}
		if f.tls, err = files.Config(); err != nil {
			return err
		}
	}
	listener, err := access.Listen(ctx, f.listen, f.tls != nil, !f.demo)
	if err != nil {
		return err
	}
	defer listener.Close()
	start, err := readStart(f, paths)
	if err != nil {
		return err
	}
	key, made, err := server.OpenLogKey(f.data, f.name)
	if err != nil {
		return err
	}
	if made {
		log.Info("made the log's key", "name", key.Signer.Name(), "public", key.Public)
	}
	store, err := storage.Open(ctx, orDefault(f.store, f.data))
	if err != nil {
		return err
	}
	defer store.Close()
	o := server.PlaneOptions{
		Store: store, Signer: key.Signer, Verifier: key.Verifier, Key: key.Public, Clock: server.WallClock{}, Documents: start.docs, Demo: f.demo,
	}
	var demo *server.Demo
	if f.demo {
		if demo, err = server.NewDemo(f.data, start.docs, start.catalog, start.events, log); err != nil {
			return err
		}
		o.Clock = server.NewDemoClock(start.at, f.speed)
	}
	if o.Cosign, err = cosigner(f); err != nil {
		return err
	}
	var who server.Authenticator = server.NoTokens{}
	if !f.demo {
		tokens, err := access.Open(f.data)
		if err != nil {
			return err
		}
		path, err := tokens.First(time.Now())
		if err != nil {
			return err
		}
		if path != "" {
			log.Info("wrote an operator's token: keep it secret", "file", path)
		}
		who = tokens
	}
	began := time.Now()
	plane, err := server.OpenPlane(ctx, o)
	if err != nil {
		return err
	}
	log.Info("the ledger is open", "took", time.Since(began).Round(time.Millisecond).String())
	return runServer(ctx, cmd, f, plane, server.New(plane, who, log), demo, listener, log)
}

// beginning is what the documents say of a first start.
type beginning struct {
	docs    []*document.Document
	catalog *catalog.Catalog
	events  []catalog.Event // of the scenario
	at      time.Time
}

// readStart reads the documents, with a scenario's changes.
func readStart(f *planeFlags, paths []string) (*beginning, error) {
	if len(paths) == 0 {
		if f.demo {
			return nil, errors.New("name the documents of the demonstration, such as examples/h200")
		}
		return &beginning{}, nil
	}
	set, errs := catalog.Read(paths...)
	c, more := set.Resolve()
	if err := loadError(append(errs, more...).Sort()); err != nil {
		return nil, err
	}
	out := &beginning{at: time.Now()}
	if base := findScenario(c, "base"); base != nil && base.Spec.Period != nil {
		zone := time.UTC
		if z := base.Spec.Period.TimeZone; z != "" {
			var err error
			if zone, err = time.LoadLocation(z); err != nil {
				return nil, fmt.Errorf("period.timeZone: there is no time zone %q", z)
			}
		}
		out.at = base.Spec.Period.From.In(zone).Time(zone)
	}
	if f.scenario != "" {
		s := findScenario(c, f.scenario)
		if s == nil {
			return nil, unknownScenario(c, f.scenario)
		}
		out.events = s.Spec.Events
		if set, errs = set.With(s.Spec.Set); len(errs) > 0 {
			return nil, errs
		}
	}
	if f.at != "" {
		m, err := calendar.ParseMoment(f.at)
		if err != nil {
			return nil, fmt.Errorf("--at: %w", err)
		}
		out.at = m.In(time.UTC).Time(time.UTC)
	}
	var err error
	if out.docs, err = set.Recorded(); err != nil {
		return nil, err
	}
	out.catalog, errs = set.Resolve()
	return out, errs.Err()
}

func orDefault(v, d string) string {
	if v != "" {
		return v
	}
	return d
}

// cosigner asks the witnesses that were named, or nobody.
func cosigner(f *planeFlags) (ledger.Cosign, error) {
	var text []byte
	name := "--witness"
	switch {
	case f.witnesses != "" && len(f.witness) > 0:
		return nil, errors.New("--witness and --witnesses exclude each other: a policy names its witnesses")
	case f.witnesses != "":
		var err error
		if text, err = os.ReadFile(f.witnesses); err != nil {
			return nil, err
		}
		name = f.witnesses
	case len(f.witness) > 0:
		var names []string
		for i, w := range f.witness {
			names = append(names, fmt.Sprintf("w%d", i+1))
			text = fmt.Appendf(text, "witness %s %s\n", names[i], w)
		}
		text = fmt.Appendf(text, "group asked all %s\nquorum asked\n", strings.Join(names, " "))
	default:
		return nil, nil
	}
	policy, err := ledger.ParsePolicy(name, text)
	if err != nil {
		return nil, err
	}
	return witness.NewCollector(&http.Client{Timeout: 5 * time.Second}, policy).Cosign, nil
}

// runServer serves until the context ends, then stops in order: no new
// requests, those under way end, the ledger is written and signed.
func runServer(ctx context.Context, cmd *cobra.Command, f *planeFlags, plane *server.Plane, s *server.Server, demo *server.Demo, l net.Listener, log *slog.Logger) error {
	planeCtx, stopPlane := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPlane()
	planeDone := make(chan error, 1)
	go func() { planeDone <- plane.Run(planeCtx) }()
	var playing sync.WaitGroup
	if demo != nil {
		if err := demo.Begin(ctx, plane); err != nil {
			return err
		}
		playing.Go(func() { _ = demo.Run(ctx) })
	}
	h := s.HTTP()
	served := make(chan error, 1)
	scheme, serveOn := "http", h.Serve
	if f.tls != nil {
		scheme, h.TLSConfig = "https", f.tls
		serveOn = func(l net.Listener) error { return h.ServeTLS(l, "", "") }
	}
	go func() { served <- serveOn(l) }()
	note := ""
	if demo != nil {
		note = " DEMO: throwaway keys, simulated clock"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "proviso: serving on %s://%s.%s\n", scheme, l.Addr(), note)
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-served:
	case failed = <-planeDone:
		planeDone <- failed
	}
	s.Stop()
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := h.Shutdown(end)
	playing.Wait()
	stopPlane()
	failed = errors.Join(failed, err, <-planeDone)
	if failed == nil {
		log.Info("stopped: the ledger is written and signed", "folder", filepath.Clean(f.data))
	}
	return failed
}
