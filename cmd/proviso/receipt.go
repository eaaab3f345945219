package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/client"
)

func newReceiptCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "receipt PERMIT",
		Short: "Print the signed status of a permit, which verifies offline",
		Long: `Receipt asks the control plane for the status of a permit as of now, with the
acts of its authorities, in the log. Whoever holds it verifies it with proviso
verify, offline, without seeing the rest. It says nothing of later.`,
		Example: `  proviso receipt cn-import-deepseek > r.tlog-proof
  proviso verify r.tlog-proof --log-key proviso-data/log.vkey --authorities allowed_signers`,
		Args: cobra.ExactArgs(1),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			text, err := cl.Receipt(ctx, args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		}),
	}
	c.add(cmd, "a receipt has one form")
	return cmd
}

// fileHash is the SHA-256 of a file.
func fileHash(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
