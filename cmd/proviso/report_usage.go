package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/client"
	"github.com/proviso-dev/proviso/storage"
	"github.com/proviso-dev/proviso/usage"
)

func newReportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Report what a ledger records",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newReportUsageCommand())
	return cmd
}

// usageFlags are what a report of use is asked for with.
type usageFlags struct {
	connection
	permit                              string
	quarter, month, half, year, between string
	data, store, at, condition          string
	entries                             int64
}

func newReportUsageCommand() *cobra.Command {
	var f usageFlags
	cmd := &cobra.Command{
		Use:   "usage --permit NAME --quarter 2026Q1",
		Short: "Report the use of a permit, each figure with the entries that it is added up from",
		Long: `Usage adds up the use of a permit in a window from the ledger: device-hours,
energy and jobs, by end user, purpose, tenant, site and accelerator, and what
came of each condition. Every figure names the entries that it is added up from,
so that an auditor can add it up again.

The window is in the permit's own time zone. It is read from a control plane, or
with --data or --store from the ledger itself, which needs no server. The first
entries of a ledger give the same report at any time: --entries and --at make
one again, as its ledger size and instant say.

--file records the report's SHA-256 with the control plane as filed for a duty
of the permit, which fulfils it, if the window is the one that the duty owes
next; -o json prints what was filed. The hash is that of the report's JSON in
canonical form (RFC 8785).`,
		Example: `  proviso report usage --permit charter --quarter 2026Q1
  proviso report usage --permit charter --month 2026-03 --data ./proviso-data -o html > march.html
  proviso report usage --permit charter --window 2026-02-10/2026-03-01 -o csv
  proviso report usage --permit charter --quarter 2026Q1 --file usage-report -o json > filed.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			output, err := usage.ParseOutput(f.output)
			if err != nil {
				return err
			}
			window, err := usage.ParseWindow(cmp.Or(f.quarter, f.month, f.half, f.year, f.between))
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			name := cmp.Or(f.data, f.store)
			switch {
			case f.condition != "" && name != "":
				return errors.New("a report is filed with a control plane, which alone writes the ledger: leave out --data and --store")
			case f.condition != "":
				return f.file(ctx, cmd, window, output)
			case name != "":
				return f.read(ctx, name, window, output, w)
			case f.entries > 0 || f.at != "":
				return errors.New("--entries and --at need the ledger itself: name it with --data or --store")
			}
			return f.ask(ctx, window, output, w)
		},
	}
	f.add(cmd, "table, html, csv, json, or oscal (NIST OSCAL assessment results)")
	fl := cmd.Flags()
	fl.StringVar(&f.permit, "permit", "", "the permit")
	fl.StringVar(&f.quarter, "quarter", "", "a quarter, such as 2026Q1")
	fl.StringVar(&f.month, "month", "", "a month, such as 2026-03")
	fl.StringVar(&f.half, "half", "", "half a year, such as 2026H1")
	fl.StringVar(&f.year, "year", "", "a year, such as 2026")
	fl.StringVar(&f.between, "window", "", "any of these, or from a date up to another: 2026-02-10/2026-03-01")
	fl.StringVar(&f.data, "data", "", "read the ledger in this data folder instead of asking a control plane")
	fl.StringVar(&f.store, "store", "", "read the ledger in this PostgreSQL database (postgres://…) instead")
	fl.Int64Var(&f.entries, "entries", 0, "read only so many entries, from the first; with --data or --store")
	fl.StringVar(&f.at, "at", "", "count running work up to this instant (RFC 3339), if the ledger is known to tell all up to it; the last entry's when absent")
	fl.StringVar(&f.condition, "file", "", "file the report for this condition of the permit")
	_ = cmd.MarkFlagRequired("permit")
	cmd.MarkFlagsOneRequired("quarter", "month", "half", "year", "window")
	cmd.MarkFlagsMutuallyExclusive("quarter", "month", "half", "year", "window")
	cmd.MarkFlagsMutuallyExclusive("data", "store", "server")
	return cmd
}

// read makes the report from a ledger at hand.
func (f *usageFlags) read(ctx context.Context, name string, window usage.Window, output usage.Output, w io.Writer) (err error) {
	q := usage.Query{Permit: f.permit, Window: window}
	if f.at != "" {
		at, err := time.Parse(time.RFC3339, f.at)
		if err != nil {
			return fmt.Errorf("--at %q is not an instant: write 2026-04-01T00:00:00+02:00", f.at)
		}
		q.At = calendar.Of(at)
	}
	r, err := storage.OpenReader(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	size, err := r.Size(ctx)
	if err != nil {
		return err
	}
	if f.entries > size {
		return fmt.Errorf("--entries %d: the ledger has %d", f.entries, size)
	}
	v, err := usage.Report(r.Records(ctx, 0, cmp.Or(f.entries, size)), q)
	if err != nil {
		return err
	}
	return v.Write(w, output)
}

// ask has a control plane make the report.
func (f *usageFlags) ask(ctx context.Context, window usage.Window, output usage.Output, w io.Writer) error {
	cl, err := f.open()
	if err != nil {
		return err
	}
	text, err := f.served(ctx, cl, window, output)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (f *usageFlags) served(ctx context.Context, cl *client.Client, window usage.Window, output usage.Output) ([]byte, error) {
	text, err := cl.Usage(ctx, f.permit, window.String(), string(output))
	var p *api.Problem
	if errors.As(err, &p) && p.Status == 401 {
		return nil, fmt.Errorf("%w: name a token with --token-file or PROVISO_TOKEN; proviso token create makes one", err)
	}
	return text, err
}

// file records the report with the control plane. What is filed is the JSON.
func (f *usageFlags) file(ctx context.Context, cmd *cobra.Command, window usage.Window, output usage.Output) error {
	if output != usage.JSONOutput && output != usage.TableOutput {
		return fmt.Errorf("with --file the report is JSON, which is what is filed: write -o json, or leave -o out")
	}
	cl, err := f.open()
	if err != nil {
		return err
	}
	text, err := f.served(ctx, cl, window, usage.JSONOutput)
	if err != nil {
		return err
	}
	v, err := usage.ReadJSON(text)
	if err != nil {
		return err
	}
	if !v.Window.Over {
		return fmt.Errorf("report of permit %s: it is not filed, since the window %s is not over before %s", f.permit, window, v.Window.Until.Format(time.RFC3339))
	}
	hash, err := v.SHA256()
	if err != nil {
		return err
	}
	var done api.Recorded
	if err := cl.Post(ctx, "/v1/reports", api.Filing{Permit: f.permit, Condition: f.condition, Window: window.String(), SHA256: hash}, &done); err != nil {
		return err
	}
	if output == usage.JSONOutput {
		if _, err := cmd.OutOrStdout().Write(text); err != nil {
			return err
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Filed for %s/%s as entry %d, with the SHA-256 %s\n", f.permit, f.condition, done.Entry, hash)
	return nil
}
