package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
)

func newPermitNoticeCommand(c *connection) *cobra.Command {
	var n api.Notice
	cmd := &cobra.Command{
		Use:   "notice PERMIT --condition NAME --lot LOT --to SITE",
		Short: "Say that a notice was given which a permit asks for before devices leave",
		Long: `Notice records that the notice was given which a duty of the permit asks for
before devices of a lot go to another site or country, or leave the fleet (a
duty with before: transfer, move or disposal). So long after it as the duty says
the devices may go: the answer names the first instant. Of several notices about
the same the first one counts. proviso permit show lists them.`,
		Example: `  proviso permit notice veu-example --condition transfer-notice --lot example-1 --to dublin
  proviso permit notice veu-example --condition disposal-notice --lot example-1   # they will leave the fleet`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(permitNames),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			r, err := cl.Notice(ctx, args[0], n)
			if err != nil {
				return err
			}
			return c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
				fmt.Fprintf(w, "notice under %s/%s is recorded (entry %d)\n", args[0], n.Condition, r.Entry)
				fmt.Fprintf(w, "  %s\n", noticeSays(&r.Given))
				writeEffects(w, r.Effects)
			})
		}),
	}
	cmd.Flags().StringVar(&n.Condition, "condition", "", "the duty of the permit that asks for it")
	cmd.Flags().StringVar(&n.Lot, "lot", "", "the lot whose devices will go")
	cmd.Flags().StringVar(&n.Site, "to", "", "the site where they will go; out of the fleet when absent")
	_ = cmd.MarkFlagRequired("condition")
	_ = cmd.MarkFlagRequired("lot")
	return cmd
}

func noticeSays(g *api.Given) string {
	where := "leave the fleet"
	if g.Site != "" {
		where = "go to " + g.Site
	}
	return fmt.Sprintf("devices of lot %s may %s from %s on; notice was given on %s", g.Lot, where, shown(&g.Leave), shown(&g.At))
}
