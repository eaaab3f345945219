package main

import "github.com/spf13/cobra"

func newPermitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "permit",
		Short: "Sign acts on permits",
	}
	cmd.AddCommand(newPermitCanonicalCommand())
	cmd.AddCommand(newPermitSignCommand())
	return cmd
}
