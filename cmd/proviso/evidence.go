package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
)

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
  proviso evidence add deepseek-1 --kind test-certificate --certificate --of certificate.pdf
  proviso evidence add deepseek-h800 --kind location --site deepseek-new --of scan.json   # of devices that moved there`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(lotNames),
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
	add.Flags().StringVar(&e.Site, "site", "", "the site where the devices stand; the lot's own when absent")
	add.Flags().StringVar(&file, "of", "", "file that is the evidence: its SHA-256 is recorded, the file is not sent")
	_ = add.MarkFlagRequired("kind")
	cmd.AddCommand(add)
	return cmd
}
