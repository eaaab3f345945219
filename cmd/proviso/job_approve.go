package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
	"github.com/proviso-dev/proviso/signature"
)

func newJobApproveCommand(c *connection) *cobra.Command {
	var permit, condition, by, key, armored string
	cmd := &cobra.Command{
		Use:   "approve JOB --permit PERMIT --condition CONDITION --by AUTHORITY",
		Short: "Hand in an authority's signed yes to a job, or print what it signs",
		Long: `Approve records an authority's signature over one job under one condition. With
--key it signs at once; with --signature it hands in what ssh-keygen made; with
neither it prints the bytes to sign.`,
		Example: `  proviso job approve 17 --permit cn-import --condition large-runs --by ndrc > approval.json
  ssh-keygen -Y sign -n proviso -f ~/.ssh/id_ed25519 approval.json
  proviso job approve 17 --permit cn-import --condition large-runs --by ndrc --signature approval.json.sig`,
		Args: cobra.ExactArgs(1),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			if permit == "" || condition == "" {
				return errors.New("say with --permit and --condition what the yes is for")
			}
			var text api.Canonical
			if err := cl.Get(ctx, "/v1/jobs/"+url.PathEscape(args[0])+"/approval", url.Values{"permit": {permit}, "condition": {condition}}, &text); err != nil {
				return err
			}
			signed, err := signedText(text.Text, key, armored)
			if err != nil {
				return err
			}
			if signed == "" {
				_, err := io.WriteString(cmd.OutOrStdout(), text.Text) // no newline: it is not signed
				return err
			}
			if by == "" {
				return errors.New("say with --by which authority signed")
			}
			var r api.Recorded
			if err := cl.Post(ctx, "/v1/approvals", api.Approval{By: by, Approval: text.Text, Signature: signed}, &r); err != nil {
				return err
			}
			return c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
				fmt.Fprintf(w, "approved (entry %d)\n", r.Entry)
				writeEffects(w, r.Effects)
			})
		}),
	}
	cmd.Flags().StringVar(&permit, "permit", "", "the permit")
	cmd.Flags().StringVar(&condition, "condition", "", "its condition of the form approval")
	cmd.Flags().StringVar(&by, "by", "", "the authority")
	cmd.Flags().StringVar(&key, "key", "", "file of its SSH private key, to sign at once")
	cmd.Flags().StringVar(&armored, "signature", "", "file of a signature by ssh-keygen -Y sign -n proviso")
	return cmd
}

// signedText gives the signature over a text: made with a key, or read from a
// file; empty if there is neither.
func signedText(text, key, file string) (string, error) {
	switch {
	case key != "" && file != "":
		return "", errors.New("--key and --signature exclude each other")
	case key != "":
		signer, err := readPrivateKey(key)
		if err != nil {
			return "", err
		}
		armored, err := signature.Sign([]byte(text), signer)
		return string(armored), err
	case file != "":
		armored, err := os.ReadFile(file)
		return string(armored), err
	}
	return "", nil
}
