package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/client"
)

// completeWithin bounds how long a shell waits for names.
const completeWithin = 2 * time.Second

// completing completes a verb's one argument with names that a control plane
// gives. Where none answers there are none.
func (c *connection) completing(names func(context.Context, *client.Client) ([]string, error)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, stop := context.WithTimeout(context.Background(), completeWithin)
		defer stop()
		cl, err := c.open()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		all, err := names(ctx, cl)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

func lotNames(ctx context.Context, cl *client.Client) ([]string, error) {
	lots, err := cl.Lots(ctx)
	var all []string
	for i := range lots {
		all = append(all, lots[i].Name)
	}
	return all, err
}

func permitNames(ctx context.Context, cl *client.Client) ([]string, error) {
	permits, err := cl.Permits(ctx)
	var all []string
	for i := range permits {
		all = append(all, permits[i].Name)
	}
	return all, err
}

// bookingNumbers are those of announcements that stand.
func bookingNumbers(ctx context.Context, cl *client.Client) ([]string, error) {
	bookings, err := cl.Bookings(ctx, "")
	var all []string
	for i := range bookings {
		if b := &bookings[i]; b.State != "started" && b.State != "withdrawn" {
			all = append(all, b.Number)
		}
	}
	return all, err
}
