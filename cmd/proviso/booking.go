package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/client"
)

func newBookingCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use: "booking", Short: "Announce work that will come, list what is announced, and take it back",
		Long: `A booking announces work: what will be submitted when, and how long it will take.
Shares whose assurance is booked count on it, so that other work may start which
the announced will balance, and nothing starts that would take away what a floor
is booked to get. It reserves no devices for the work itself. When it comes,
submit it with job submit --booking.`,
	}
	c.add(cmd, "table or json")
	cmd.AddCommand(newBookingAddCommand(&c), newBookingListCommand(&c), newBookingShowCommand(&c), newBookingEndCommand(&c))
	return cmd
}

func newBookingAddCommand(c *connection) *cobra.Command {
	var a api.Announcement
	var arrives, key string
	cmd := &cobra.Command{
		Use:   "add --devices N --for DURATION --arrives INSTANT",
		Short: "Announce work",
		Long: `Add announces work that will be submitted at an instant. It is expected to take
its most devices for its expected time, or its limit where that is not given. The
job that comes for it must be of the same holder, tenant, end user, purpose,
model and kind, and take no more devices.

An instant is RFC 3339 (2026-03-01T08:00:00+08:00); a date alone begins in UTC.`,
		Example: `  proviso booking add --arrives 2026-03-01T08:00:00+08:00 --purpose national-programme --devices 2048 --for 7d --expected 5d
  proviso booking add --arrives 2026-03-01 --tenant team-a --end-user bank --purpose research --devices 64 --for 24h --key march`,
		Args: cobra.NoArgs,
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, _ []string) error {
			at, err := calendar.ParseMoment(arrives)
			if err != nil {
				return fmt.Errorf("--arrives: %w", err)
			}
			a.Arrives = at.In(time.UTC).Time(time.UTC)
			b, err := cl.Book(ctx, a, keyOr(key))
			if err != nil {
				return err
			}
			demoMark(cmd, b.Booking.Demo)
			return c.show(cmd.OutOrStdout(), b, func(w io.Writer) {
				fmt.Fprintf(w, "booking %s: %s devices for %s, to come on %s (entry %d)\n", b.Booking.Number, bookedDevices(&b.Booking), bookedTime(&b.Booking), shown(&b.Booking.Arrives), b.Entry)
				writeEffects(w, b.Effects)
			})
		}),
	}
	f := cmd.Flags()
	f.StringVar(&arrives, "arrives", "", "when it will be submitted")
	workFlags(f, &a.Submission, "the work")
	f.StringVar(&key, "key", "", "a key of your own: the same announcement sent again is the same booking")
	_ = cmd.MarkFlagRequired("arrives")
	return cmd
}

func bookedDevices(b *api.Booking) string {
	if b.Devices > 0 {
		return fmt.Sprint(b.Devices)
	}
	return fmt.Sprint(b.MaxDevices) // what it is counted with
}

// bookedTime is how long it is expected to run.
func bookedTime(b *api.Booking) string { return orDefault(b.Expected, b.For) }

func newBookingListCommand(c *connection) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use: "list", Short: "List the bookings that you may see", Args: cobra.NoArgs,
		Long: `List shows announced work by number. A booking is announced until a job is
submitted for it; late, if none was by the instant that was named (it goes on
counting until it is taken back); submitted while that job waits; started, from
when on nothing is kept for it; or withdrawn.`,
		Example: `  proviso booking list
  proviso booking list --state late`,
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, _ []string) error {
			all, err := cl.Bookings(ctx, state)
			if err != nil {
				return err
			}
			if len(all) > 0 {
				demoMark(cmd, all[0].Demo)
			}
			return c.show(cmd.OutOrStdout(), api.Bookings{Bookings: all}, func(w io.Writer) {
				columns(w, "BOOKING\tSTATE\tARRIVES\tDEVICES\tEXPECTED\tTENANT\tEND USER\tPURPOSE\tJOB", func(row func(...string)) {
					for i := range all {
						b := &all[i]
						row(b.Number, b.State, shown(&b.Arrives), bookedDevices(b), bookedTime(b), orDash(b.Tenant), orDash(b.EndUser), orDash(b.Purpose), orDash(b.Job))
					}
				})
			})
		}),
	}
	cmd.Flags().StringVar(&state, "state", "", "only bookings that are announced, late, submitted, started or withdrawn")
	return cmd
}

func newBookingShowCommand(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "show BOOKING", Short: "Show a booking", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(bookingNumbers),
		Example: "  proviso booking show 3",
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			b, err := cl.Booking(ctx, args[0])
			if err != nil {
				return err
			}
			demoMark(cmd, b.Demo)
			return c.show(cmd.OutOrStdout(), b, func(w io.Writer) {
				columns(w, "FIELD\tVALUE", func(row func(...string)) {
					for _, x := range [][2]string{
						{"booking", b.Number}, {"state", b.State}, {"arrives", shown(&b.Arrives)}, {"job", b.Job}, {"name", b.Name}, {"end user", b.EndUser},
						{"purpose", b.Purpose}, {"tenant", b.Tenant}, {"holder", b.Holder}, {"model", b.Model}, {"kind", b.Kind}, {"devices", bookedDevices(b)},
						{"for", b.For}, {"expected", bookedTime(b)}, {"declared by", b.DeclaredBy}, {"announced", shown(&b.Announced)},
					} {
						row(x[0], orDash(x[1]))
					}
				})
			})
		}),
	}
}

func newBookingEndCommand(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "end BOOKING", Short: "Take a booking back: the work will not come", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(bookingNumbers),
		Example: "  proviso booking end 3",
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			r, err := cl.Unbook(ctx, args[0])
			if err != nil {
				return err
			}
			return c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
				fmt.Fprintf(w, "booking %s is taken back (entry %d)\n", args[0], r.Entry)
				writeEffects(w, r.Effects)
			})
		}),
	}
}
