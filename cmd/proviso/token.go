package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/quantity"
)

// defaultData is the control plane's data folder, for all verbs that have one.
const defaultData = "proviso-data"

func newTokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke the tokens that open the control plane",
		Long: `Token changes who may ask the control plane for what. It works on the data
folder, on the machine that has it; a server that runs sees a change at its next
request. docs/access.md says what each role may do.`,
	}
	cmd.AddCommand(newTokenCreateCommand(), newTokenListCommand(), newTokenRevokeCommand())
	return cmd
}

func newTokenCreateCommand() *cobra.Command {
	var data, role, life, output string
	var spec access.Spec
	cmd := &cobra.Command{
		Use:   "create NAME --role ROLE",
		Short: "Make a token and print its secret, once",
		Long: `Create makes a token and prints its secret. That is the only time that it is
shown: the data folder keeps its hash. The ledger records NAME for whatever the
bearer states, so a name is never used again.

Roles and what their scope needs:
  operator   nothing
  tenant     --tenant, --end-user..., --purpose...; --holder if it may use only that one's devices
  authority  --authority, as its document is named
  supplier   --supplier, as lots name it
  auditor    nothing
  gate       as a tenant, with one or more tenants; "*" stands for any

With --certificate there is no secret: a client certificate of that name stands
for the token.`,
		Example: `  proviso token create team-a --role tenant --tenant team-a --end-user bank --purpose research --purpose serving
  proviso token create miit --role authority --authority miit --for 30d
  proviso token create audit-2026 --role auditor > audit.token

  # A scheduler's adapter, known by its client certificate
  proviso token create kueue --role gate --tenant '*' --end-user '*' --purpose research --certificate spiffe://site-1/kueue`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != "table" && output != "json" {
				return fmt.Errorf("there is no output %q: write table or json", output)
			}
			d, err := quantity.ParseDuration(life)
			if err != nil {
				return fmt.Errorf("--for: %w", err)
			}
			spec.Name, spec.Role = args[0], access.Role(role)
			spec.For = time.Duration(d) * time.Millisecond
			tokens, err := access.Open(data)
			if err != nil {
				return err
			}
			secret, token, err := tokens.Create(spec, time.Now())
			if err != nil {
				return err
			}
			return writeNewToken(cmd, output, secret, token)
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", defaultData, "the control plane's data folder")
	f.StringVar(&role, "role", "", "operator, tenant, authority, supplier, auditor or gate")
	f.StringArrayVar(&spec.Scope.Tenants, "tenant", nil, "tenant that it is, or that a gate submits for")
	f.StringArrayVar(&spec.Scope.EndUsers, "end-user", nil, "end user that it may declare")
	f.StringArrayVar(&spec.Scope.Purposes, "purpose", nil, "purpose that it may declare")
	f.StringVar(&spec.Scope.Holder, "holder", "", "the only one whose devices it may use")
	f.StringVar(&spec.Scope.Authority, "authority", "", "authority that it acts for")
	f.StringVar(&spec.Scope.Supplier, "supplier", "", "supplier that it is")
	f.StringVar(&spec.Certificate, "certificate", "", "client certificate that stands for it: a URI of its alternative names, or its common name")
	f.StringVar(&life, "for", "90d", "how long it is good, at most 366d")
	f.StringVarP(&output, "output", "o", "table", "table (the secret alone) or json")
	_ = cmd.MarkFlagRequired("role")
	return cmd
}

func newTokenListCommand() *cobra.Command {
	var data, output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, those that ended too",
		Long: `List shows the tokens of the data folder in the order in which they were made.
No secret is shown: none is kept.`,
		Example: `  proviso token list
  proviso token list --data /var/lib/proviso -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			write := writeTokenTable
			switch output {
			case "table":
			case "json":
				write = writeTokenJSON
			default:
				return fmt.Errorf("there is no output %q: write table or json", output)
			}
			tokens, err := access.Open(data)
			if err != nil {
				return err
			}
			list, err := tokens.List()
			if err != nil {
				return err
			}
			return write(cmd.OutOrStdout(), list, time.Now())
		},
	}
	cmd.Flags().StringVar(&data, "data", defaultData, "the control plane's data folder")
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func newTokenRevokeCommand() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "End a token at once, for good",
		Long: `Revoke ends a token. Servers refuse it from their next request on. It stays in
the list, since the ledger names it.`,
		Example: `  proviso token revoke team-a`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			tokens, err := access.Open(data)
			if err != nil {
				return err
			}
			if err := tokens.Revoke(args[0], time.Now()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.ErrOrStderr(), "token %s is revoked\n", args[0])
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", defaultData, "the control plane's data folder")
	return cmd
}
