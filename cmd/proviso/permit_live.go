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
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
)

// addLivePermitCommands adds the verbs on permits that ask a control plane.
func addLivePermitCommands(cmd *cobra.Command) {
	for _, make := range []func(*connection) *cobra.Command{newPermitListCommand, newPermitShowCommand, newPermitAmendCommand, newPermitNoticeCommand} {
		c := new(connection)
		sub := make(c)
		c.add(sub, "table or json")
		cmd.AddCommand(sub)
	}
	for _, v := range []struct{ act, short, example string }{
		{"endorse", "Hand in an authority's endorsement of a permit, or of its next version", "  proviso permit endorse cn-import-deepseek --by ndrc --key ~/.ssh/id_ed25519"},
		{"suspend", "Hand in an authority's suspension of a permit", "  proviso permit suspend us-export-deepseek --by bis --signature act.json.sig"},
		{"revoke", "Hand in an authority's revocation of a permit, which is final", "  proviso permit revoke us-export-deepseek --by bis --signature act.json.sig"},
	} {
		c := new(connection)
		sub := newPermitActCommand(c, v.act, v.short, v.example)
		c.add(sub, "table or json")
		cmd.AddCommand(sub)
	}
}

func newPermitListCommand(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the permits of a control plane as they stand", Args: cobra.NoArgs,
		Example: "  proviso permit list --server http://127.0.0.1:7080",
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, _ []string) error {
			permits, err := cl.Permits(ctx)
			if err != nil {
				return err
			}
			if len(permits) > 0 {
				demoMark(cmd, permits[0].Demo)
			}
			return c.show(cmd.OutOrStdout(), api.Permits{Permits: permits}, func(w io.Writer) {
				columns(w, "PERMIT\tVERSION\tSTATE\tHOLDER\tENDORSED\tMISSING\tDELIVERED\tIN USE\tUNTIL", func(row func(...string)) {
					for _, p := range permits {
						var delivered, used []string
						for _, g := range p.Grants {
							delivered = append(delivered, fmt.Sprintf("%d of %d %s", g.Delivered, g.Granted, g.Accelerator))
							used = append(used, fmt.Sprint(g.InUse))
						}
						row(p.Name, fmt.Sprint(p.Version), p.State, orDash(p.Holder), orDash(strings.Join(p.Endorsed, " ")), orDash(strings.Join(p.Missing, " ")),
							orDash(strings.Join(delivered, ", ")), orDash(strings.Join(used, ", ")), shown(&p.Until))
					}
				})
			})
		}),
	}
}

func newPermitShowCommand(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "show PERMIT", Short: "Show a permit of a control plane as it stands, condition by condition", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(permitNames),
		Example: "  proviso permit show cn-import-deepseek",
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			p, err := cl.Permit(ctx, args[0])
			if err != nil {
				return err
			}
			demoMark(cmd, p.Demo)
			return c.show(cmd.OutOrStdout(), p, func(w io.Writer) { writePermit(w, p) })
		}),
	}
}

func writePermit(w io.Writer, p *api.Permit) {
	fmt.Fprintf(w, "permit %s, version %d: %s\n", p.Name, p.Version, p.State)
	fmt.Fprintf(w, "  holder    %s\n  valid     %s to %s (%s)\n", orDash(p.Holder), shown(&p.From), shown(&p.Until), p.TimeZone)
	fmt.Fprintf(w, "  endorsed  %s\n  missing   %s\n", orDash(strings.Join(p.Endorsed, ", ")), orDash(strings.Join(p.Missing, ", ")))
	fmt.Fprintf(w, "  spec      %s\n  last act  %s\n", p.Spec, orDash(p.LastAct))
	for _, g := range p.Grants {
		fmt.Fprintf(w, "  grants    %d %s: %d delivered, %d in service, %d in use\n", g.Granted, g.Accelerator, g.Delivered, g.InService, g.InUse)
	}
	if len(p.Conditions) == 0 {
		return
	}
	fmt.Fprintln(w)
	columns(w, "CONDITION\tFORM\tBASIS\tSTATE\tFIRST BREACH", func(row func(...string)) {
		for _, k := range p.Conditions {
			state := "kept"
			switch {
			case k.Overdue:
				state = "overdue"
			case k.Holding:
				state = "holds new starts"
			case k.Breach != nil:
				state = "was broken"
			}
			row(k.Name, k.Form, orDash(k.Basis), state, shown(k.Breach))
		}
	})
	for i := range p.Notices {
		fmt.Fprintf(w, "notice under %s: %s\n", p.Notices[i].Condition, noticeSays(&p.Notices[i]))
	}
}

func newPermitActCommand(c *connection, act, short, example string) *cobra.Command {
	var by, key, armored, next string
	cmd := &cobra.Command{
		Use: act + " PERMIT --by AUTHORITY", Short: short, Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(permitNames), Example: example,
		Long: short + `.

With --key it signs at once; with --signature it hands in what ssh-keygen made
over the text that this command prints when it is given neither. Whatever the
control plane's operator does, only the signature of an authority that the
permit itself names counts.`,
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			spec, err := nextSpec(next, args[0])
			if err != nil {
				return err
			}
			return actOn(ctx, cmd, c, cl, args[0], act, spec, by, key, armored)
		}),
	}
	cmd.Flags().StringVar(&by, "by", "", "the authority")
	cmd.Flags().StringVar(&key, "key", "", "file of its SSH private key, to sign at once")
	cmd.Flags().StringVar(&armored, "signature", "", "file of a signature by ssh-keygen -Y sign -n proviso")
	if act == "endorse" {
		cmd.Flags().StringVar(&next, "version", "", "file with the next version of the permit, to endorse an amendment")
	}
	return cmd
}

// nextSpec is the hash of the spec of a permit's next version in a file; empty
// where there is no file.
func nextSpec(file, permit string) (string, error) {
	if file == "" {
		return "", nil
	}
	d, err := permitDocument(file, permit)
	if err != nil {
		return "", err
	}
	return control.SpecHash(d)
}

func actOn(ctx context.Context, cmd *cobra.Command, c *connection, cl *client.Client, permit, act, spec, by, key, armored string) error {
	text, err := cl.Canonical(ctx, permit, act, spec)
	if err != nil {
		return err
	}
	signed, err := signedText(text, key, armored)
	if err != nil {
		return err
	}
	if signed == "" {
		_, err := io.WriteString(cmd.OutOrStdout(), text) // no newline: it is not signed
		return err
	}
	if by == "" {
		return errors.New("say with --by which authority signed")
	}
	r, err := cl.Act(ctx, permit, api.Act{By: by, Act: text, Signature: signed})
	if err != nil {
		return err
	}
	return c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
		fmt.Fprintf(w, "%s of permit %s by %s is recorded (entry %d)\n", act, permit, by, r.Entry)
		writeEffects(w, r.Effects)
	})
}

func newPermitAmendCommand(c *connection) *cobra.Command {
	var permit, by, key, armored string
	cmd := &cobra.Command{
		Use:   "amend FILE --by AUTHORITY",
		Short: "Propose a permit's next version",
		Long: `Amend records the next version of a permit, as the document in FILE, and an
authority's signature over it. It takes effect when everybody whom this version
or the next one names has endorsed it (permit endorse --version FILE).`,
		Example: `  proviso permit amend next.yaml --by ndrc --key ~/.ssh/id_ed25519
  proviso permit endorse cn-import-deepseek --version next.yaml --by miit --key miit.key`,
		Args: cobra.ExactArgs(1),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			d, err := permitDocument(args[0], permit)
			if err != nil {
				return err
			}
			spec, err := control.SpecHash(d)
			if err != nil {
				return err
			}
			if (key == "") != (armored == "") {
				if err := recordDocument(ctx, cl, d); err != nil {
					return err
				}
			}
			return actOn(ctx, cmd, c, cl, d.Name, "amend", spec, by, key, armored)
		}),
	}
	cmd.Flags().StringVar(&permit, "permit", "", "which permit, where the file has several")
	cmd.Flags().StringVar(&by, "by", "", "the authority")
	cmd.Flags().StringVar(&key, "key", "", "file of its SSH private key, to sign at once")
	cmd.Flags().StringVar(&armored, "signature", "", "file of a signature by ssh-keygen -Y sign -n proviso")
	return cmd
}

func recordDocument(ctx context.Context, cl *client.Client, d *document.Document) error {
	text, err := d.YAML()
	if err != nil {
		return err
	}
	return cl.Post(ctx, "/v1/documents", api.Documents{Text: string(text)}, new(api.Recorded))
}
