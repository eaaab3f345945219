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

func newLotMoveCommand(c *connection) *cobra.Command {
	var m api.Move
	var key string
	cmd := &cobra.Command{
		Use:   "move LOT --devices N --to SITE",
		Short: "Say that devices of a lot go to another site",
		Long: `Move judges whether devices of a lot may go to another site, under every permit
that covers them there and here. They go all or none, and only those that no job
uses. A permit can ask for a notice first (proviso permit notice). Where they
come, evidence about them is asked for anew (proviso evidence add --site).

Nothing waits: what is held now is asked again later.

Exit codes: 0 they are recorded as gone, 2 they stay, 1 an error.`,
		Example: `  proviso lot move deepseek-h800 --devices 4000 --to deepseek-new
  proviso lot move deepseek-h800 --devices 4000 --from deepseek-new --to deepseek-old   # and back`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(lotNames),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			r, err := cl.Move(ctx, args[0], m, keyOr(key))
			if err != nil {
				return err
			}
			return c.left(cmd, r, devicesOf(m.Devices, args[0]), "moved to "+m.To)
		}),
	}
	cmd.Flags().Int64Var(&m.Devices, "devices", 0, "how many go")
	cmd.Flags().StringVar(&m.From, "from", "", "the site where they stand; the lot's own when absent")
	cmd.Flags().StringVar(&m.To, "to", "", "the site where they go")
	keyFlag(cmd, &key)
	_ = cmd.MarkFlagRequired("devices")
	_ = cmd.MarkFlagRequired("to")
	return cmd
}

func newLotDisposeCommand(c *connection) *cobra.Command {
	var d api.Dispose
	var key string
	cmd := &cobra.Command{
		Use:   "dispose LOT --devices N",
		Short: "Say that devices of a lot leave the fleet for good",
		Long: `Dispose judges whether devices of a lot may leave the fleet: sold, returned,
scrapped. They go all or none, and only those that no job uses. What was
delivered stays delivered: the grants do not grow by it. A permit can ask for a
notice first (proviso permit notice without --to).

Exit codes: 0 they are recorded as gone, 2 they stay, 1 an error.`,
		Example: `  proviso lot dispose deepseek-h800 --devices 32
  proviso lot dispose deepseek-h800 --devices 32 --from deepseek-new`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(lotNames),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			r, err := cl.Dispose(ctx, args[0], d, keyOr(key))
			if err != nil {
				return err
			}
			return c.left(cmd, r, devicesOf(d.Devices, args[0]), "left the fleet")
		}),
	}
	cmd.Flags().Int64Var(&d.Devices, "devices", 0, "how many leave")
	cmd.Flags().StringVar(&d.From, "from", "", "the site where they stand; the lot's own when absent")
	keyFlag(cmd, &key)
	_ = cmd.MarkFlagRequired("devices")
	return cmd
}

// keyFlag adds the flag for a key that makes a command safe to run again.
func keyFlag(cmd *cobra.Command, key *string) {
	cmd.Flags().StringVar(key, "key", "", "a key of your own: the same command run again is done once, and answered as the first time")
}

func devicesOf(n int64, lot string) string {
	if n == 1 {
		return "1 device of lot " + lot
	}
	return fmt.Sprintf("%d devices of lot %s", n, lot)
}

// refusedAs is the verdict's outcome as job list has it.
func refusedAs(outcome string) string {
	switch outcome {
	case "deny":
		return "denied"
	case "needs-approval":
		return "needs an approval"
	}
	return "held"
}

// left writes whether devices leave a site, and what keeps them.
func (c *connection) left(cmd *cobra.Command, r *api.Recorded, what, yes string) error {
	if r.Verdict == nil {
		return errors.New("the control plane gave no verdict on " + what)
	}
	v := r.Verdict
	goes := v.Outcome == "admit"
	if err := c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
		if goes {
			fmt.Fprintf(w, "%s %s (entry %d)\n", what, yes, r.Entry)
			writeEffects(w, r.Effects[min(1, len(r.Effects)):]) // the first is that they go
			return
		}
		fmt.Fprintf(w, "%s: %s (entry %d)\n", what, refusedAs(v.Outcome), r.Entry)
		if len(v.Because) > 0 {
			fmt.Fprintf(w, "  held by %s\n", strings.Join(v.Because, ", "))
		}
		if v.Missing == "devices" {
			fmt.Fprintln(w, "  devices: fewer are free there, the others run jobs")
		}
		if v.Again != nil {
			fmt.Fprintf(w, "  ask again on %s\n", shown(v.Again))
		}
	}); err != nil {
		return err
	}
	if !goes {
		return exitFindings
	}
	return nil
}
