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
	cmd := &cobra.Command{Use: "lot", Short: "List lots, and say that devices have come"}
	c.add(cmd, "table or json")
	cmd.AddCommand(newLotListCommand(&c), newLotReceiveCommand(&c))
	return cmd
}

func newLotListCommand(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the lots that you may see", Args: cobra.NoArgs,
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, _ []string) error {
			lots, err := cl.Lots(ctx)
			if err != nil {
				return err
			}
			return c.show(cmd.OutOrStdout(), api.Lots{Lots: lots}, func(w io.Writer) {
				columns(w, "LOT\tACCELERATOR\tSITE\tHOLDER\tDELIVERED\tWAITING\tPERMITS", func(row func(...string)) {
					for _, l := range lots {
						row(l.Name, l.Accelerator, l.Site, orDash(l.Holder), fmt.Sprint(l.Delivered), fmt.Sprint(l.Waiting), orDash(strings.Join(l.Permits, ", ")))
					}
				})
			})
		}),
	}
}

func newLotReceiveCommand(c *connection) *cobra.Command {
	var devices int64
	cmd := &cobra.Command{
		Use:   "receive LOT --devices N",
		Short: "Say that devices of a lot have come",
		Long: `Receive judges a delivery under the lot's permits. As many devices go into
service as they let in; the rest waits, and goes into service by itself when
room grows.

Exit codes: 0 all were let in, 2 some or all wait, 1 an error.`,
		Example: "  proviso lot receive deepseek-1 --devices 16000",
		Args:    cobra.ExactArgs(1),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			r, err := cl.Receive(ctx, args[0], devices)
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
	_ = cmd.MarkFlagRequired("devices")
	return cmd
}

func newEvidenceCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{Use: "evidence", Short: "Say that a fact about devices was shown"}
	c.add(cmd, "table or json")
	var e api.Evidence
	var file string
	add := &cobra.Command{
		Use:   "add LOT --kind KIND",
		Short: "Record evidence about a lot's devices",
		Example: `  proviso evidence add deepseek-1 --kind location --of scan.json
  proviso evidence add deepseek-1 --kind test-certificate --certificate --of certificate.pdf`,
		Args: cobra.ExactArgs(1),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			if file != "" {
				hash, err := fileHash(file)
				if err != nil {
					return err
				}
				e.SHA256 = hash
			}
			r, err := cl.Evidence(ctx, args[0], e)
			if err != nil {
				return err
			}
			return c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
				fmt.Fprintf(w, "recorded (entry %d)\n", r.Entry)
				writeEffects(w, r.Effects)
			})
		}),
	}
	add.Flags().StringVar(&e.Kind, "kind", "", "attestation, location, inventory, test-certificate, …")
	add.Flags().BoolVar(&e.Certificate, "certificate", false, "it is about the lot before its delivery")
	add.Flags().StringVar(&file, "of", "", "file that is the evidence: its SHA-256 is recorded, the file is not sent")
	_ = add.MarkFlagRequired("kind")
	cmd.AddCommand(add)
	return cmd
}
