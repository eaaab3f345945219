package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
)

func newLotCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{Use: "lot", Short: "List lots, and say that devices have come, move or leave"}
	c.add(cmd, "table or json")
	cmd.AddCommand(newLotListCommand(&c), newLotReceiveCommand(&c), newLotMoveCommand(&c), newLotDisposeCommand(&c))
	return cmd
}

func newLotListCommand(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the lots that you may see, with where their devices went", Args: cobra.NoArgs,
		Example: "  proviso lot list",
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, _ []string) error {
			lots, err := cl.Lots(ctx)
			if err != nil {
				return err
			}
			return c.show(cmd.OutOrStdout(), api.Lots{Lots: lots}, func(w io.Writer) {
				columns(w, "LOT\tACCELERATOR\tSITE\tHOLDER\tDELIVERED\tWAITING\tELSEWHERE\tDISPOSED\tPERMITS", func(row func(...string)) {
					for i := range lots {
						l := &lots[i]
						row(l.Name, l.Accelerator, l.Site, orDash(l.Holder), delivered(l), fmt.Sprint(l.Waiting), elsewhere(l), fmt.Sprint(l.Disposed), orDash(strings.Join(l.Permits, ", ")))
					}
				})
			})
		}),
	}
}

// delivered says how many have come into service of how many its document says.
func delivered(l *api.Lot) string {
	if l.Quantity == 0 {
		return fmt.Sprint(l.Delivered)
	}
	return fmt.Sprintf("%d of %d", l.Delivered, l.Quantity)
}

// elsewhere says how many of a lot's devices have moved where.
func elsewhere(l *api.Lot) string {
	var at []string
	for _, x := range l.At {
		if x.Site != l.Site {
			at = append(at, fmt.Sprintf("%d at %s", x.Devices, x.Site))
		}
	}
	return orDash(strings.Join(at, ", "))
}

func newLotReceiveCommand(c *connection) *cobra.Command {
	var devices int64
	var key string
	cmd := &cobra.Command{
		Use:   "receive LOT --devices N",
		Short: "Say that devices of a lot have come",
		Long: `Receive judges a delivery under the lot's permits. As many devices go into
service as they let in; the rest waits, and goes into service by itself when
room grows.

Exit codes: 0 all were let in, 2 some or all wait, 1 an error.`,
		Example: `  proviso lot receive deepseek-h200-1 --devices 16000
  proviso lot receive deepseek-h200-1 --devices 16000 --key waybill-1841   # safe to send again`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(lotNames),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			r, err := cl.Receive(ctx, args[0], devices, keyOr(key))
			if err != nil {
				return err
			}
			if r.Verdict == nil || r.Devices == nil {
				return errors.New("the control plane gave no verdict on the delivery")
			}
			if err := c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
				fmt.Fprintf(w, "%d of %d devices of lot %s go into service (entry %d)\n", *r.Devices, devices, args[0], r.Entry)
				if len(r.Verdict.Because) > 0 {
					fmt.Fprintf(w, "  held by %s\n", strings.Join(r.Verdict.Because, ", "))
				}
			}); err != nil {
				return err
			}
			if *r.Devices < devices {
				return exitFindings
			}
			return nil
		}),
	}
	cmd.Flags().Int64Var(&devices, "devices", 0, "how many have come")
	keyFlag(cmd, &key)
	_ = cmd.MarkFlagRequired("devices")
	return cmd
}
