package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/access"
)

// tokenFormat is the version of what token prints as JSON.
const tokenFormat = "proviso.dev/token/v1alpha1"

type tokenView struct {
	Name        string       `json:"name"`
	Role        access.Role  `json:"role"`
	State       string       `json:"state"`
	Scope       access.Scope `json:"scope,omitzero"`
	Certificate string       `json:"certificate,omitempty"`
	Created     time.Time    `json:"created"`
	Expires     time.Time    `json:"expires"`
	Revoked     *time.Time   `json:"revoked,omitempty"`
}

func viewToken(t access.Token, now time.Time) tokenView {
	return tokenView{t.Name, t.Role, t.State(now), t.Scope, t.Certificate, t.Created, t.Expires, t.Revoked}
}

// writeNewToken prints the secret, and what else there is to know beside it.
func writeNewToken(cmd *cobra.Command, output, secret string, t access.Token) error {
	if output == "json" {
		return writeJSON(cmd.OutOrStdout(), struct {
			Format string    `json:"format"`
			Secret string    `json:"secret,omitempty"`
			Token  tokenView `json:"token"`
		}{tokenFormat, secret, viewToken(t, t.Created)})
	}
	until := t.Expires.Format(time.RFC3339)
	if secret == "" {
		_, err := fmt.Fprintf(cmd.ErrOrStderr(), "token %s (%s) is shown by the client certificate %s until %s\n", t.Name, t.Role, t.Certificate, until)
		return err
	}
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), secret); err != nil {
		return err
	}
	_, err := fmt.Fprintf(cmd.ErrOrStderr(), "token %s (%s) is good until %s; its secret is not shown again\n", t.Name, t.Role, until)
	return err
}

func writeTokenTable(w io.Writer, list []access.Token, now time.Time) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "There are no tokens.")
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tROLE\tSTATE\tEXPIRES\tSCOPE")
	for _, t := range list {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", t.Name, t.Role, t.State(now), t.Expires.Format(time.RFC3339), scopeText(t))
	}
	return tw.Flush()
}

func scopeText(t access.Token) string {
	var parts []string
	add := func(name string, values ...string) {
		if text := strings.Join(values, ", "); text != "" {
			parts = append(parts, name+" "+text)
		}
	}
	add("tenant", t.Scope.Tenants...)
	add("end user", t.Scope.EndUsers...)
	add("purpose", t.Scope.Purposes...)
	add("holder", t.Scope.Holder)
	add("authority", t.Scope.Authority)
	add("supplier", t.Scope.Supplier)
	add("by certificate", t.Certificate)
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, "; ")
}

func writeTokenJSON(w io.Writer, list []access.Token, now time.Time) error {
	views := make([]tokenView, len(list))
	for i, t := range list {
		views[i] = viewToken(t, now)
	}
	return writeJSON(w, struct {
		Format string      `json:"format"`
		Tokens []tokenView `json:"tokens"`
	}{tokenFormat, views})
}
