package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/receipt"
	"github.com/proviso-dev/proviso/signature"
)

func newVerifyCommand() *cobra.Command {
	var logKey, authorities, witnesses, output string
	cmd := &cobra.Command{
		Use:   "verify RECEIPT --log-key KEY --authorities FILE",
		Short: "Verify the receipt of a permit, offline",
		Long: `Verify checks a receipt with nothing but keys: that its entry is in the log
whose checkpoint it carries, that the log signed the checkpoint, that each act
on the permit was signed by its authority with a key that counted then, and
that the acts make the permit what the receipt says. With a policy it also
checks that enough witnesses have seen the same log.

The log's key is a signed-note verifier key (C2SP), or a file that holds one.
Authorities are in ssh-keygen's format of allowed signers, with valid-after and
valid-before. A policy is in the format of C2SP tlog-policy.

A receipt tells what the permit was at an instant. It says nothing of later.
Exit code: 0 if it verifies, 2 if it does not.`,
		Example: `  proviso verify permit.tlog-proof --log-key log.vkey --authorities allowed_signers

  # With witnesses
  proviso verify permit.tlog-proof --log-key log.vkey --authorities allowed_signers --witnesses policy`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != "table" && output != "json" {
				return fmt.Errorf("there is no output %q: write table or json", output)
			}
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			log, err := readLogKey(logKey)
			if err != nil {
				return err
			}
			signers, err := os.ReadFile(authorities)
			if err != nil {
				return err
			}
			all, err := signature.ParseSigners(authorities, signers)
			if err != nil {
				return err
			}
			policy, err := readPolicy(witnesses)
			if err != nil {
				return err
			}
			r, refused := receipt.Verify(text, log, all, policy)
			write := writeVerifyTable
			if output == "json" {
				write = writeVerifyJSON
			}
			if err := write(cmd.OutOrStdout(), args[0], r, policy, refused); err != nil {
				return err
			}
			if refused != nil {
				return exitFindings
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&logKey, "log-key", "", "the log's public key, or a file with it")
	cmd.Flags().StringVar(&authorities, "authorities", "", "file with the authorities' keys, as allowed signers of ssh-keygen")
	cmd.Flags().StringVar(&witnesses, "witnesses", "", "file with the policy that says which witnesses must have cosigned")
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	_ = cmd.MarkFlagRequired("log-key")
	_ = cmd.MarkFlagRequired("authorities")
	return cmd
}

// readLogKey takes a key, or the name of a file with one.
func readLogKey(s string) (note.Verifier, error) {
	if v, err := note.NewVerifier(strings.TrimSpace(s)); err == nil {
		return v, nil
	}
	data, err := os.ReadFile(s)
	if err != nil {
		return nil, fmt.Errorf("the log's key is neither NAME+ID+KEY nor a file with it: %w", err)
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(data)))
	if err != nil {
		return nil, fmt.Errorf("%s: not the public key of a log (NAME+ID+KEY): %w", s, err)
	}
	return v, nil
}

func readPolicy(file string) (*ledger.Policy, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return ledger.ParsePolicy(file, data)
}

func writeVerifyTable(w io.Writer, file string, r *receipt.Result, policy *ledger.Policy, refused error) error {
	if refused != nil {
		_, err := fmt.Fprintf(w, "%s does not verify: %v\n", file, refused)
		return err
	}
	var b strings.Builder
	s := r.Status
	fmt.Fprintf(&b, "Permit %s, version %s: %s\n", s.Permit, s.Version, stateText(s.State))
	if len(r.Missing) > 0 {
		fmt.Fprintf(&b, "  missing endorsements: %s\n", strings.Join(r.Missing, ", "))
	}
	fmt.Fprintf(&b, "  spec %s\n", s.Spec)
	fmt.Fprintf(&b, "  valid from %s until %s\n", instantText(s.From), instantText(s.Until))
	for _, a := range s.Acts {
		act, err := signature.ParseAct([]byte(a.Act))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "  %s  %s by %s, signature verified\n", instantText(a.At), act.Act, a.By)
	}
	fmt.Fprintf(&b, "Entry %d of %d of the log %s\n", r.Index, r.Size, r.Log)
	for _, c := range r.Cosignatures {
		at, err := ledger.CosignatureTime(c)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "  %s  cosigned by %s\n", at.Format(time.RFC3339), c.Name)
	}
	if policy == nil {
		b.WriteString("  no witness was asked for: nothing shows that others see the same log\n")
	}
	fmt.Fprintf(&b, "As of %s; says nothing of later.\n", r.At.Format(time.RFC3339))
	_, err := io.WriteString(w, b.String())
	return err
}

func stateText(s string) string {
	if t := map[string]string{"in-force": "in force", "not-yet": "endorsed, not yet valid"}[s]; t != "" {
		return t
	}
	return s
}

// instantText writes decimal milliseconds as a date; they were verified.
func instantText(ms string) string {
	n, err := json.Number(ms).Int64()
	if err != nil {
		return ms
	}
	return time.UnixMilli(n).UTC().Format(time.RFC3339)
}

// verifyFormat is the version of what verify prints as JSON.
const verifyFormat = "proviso.dev/verify/v1alpha1"

type verifyJSON struct {
	Format     string          `json:"format"`
	Verified   bool            `json:"verified"`
	Reason     string          `json:"reason,omitempty"`
	AsOf       string          `json:"asOf,omitempty"`
	Status     *receipt.Status `json:"status,omitempty"`
	Missing    []string        `json:"missing,omitempty"`
	Log        string          `json:"log,omitempty"`
	Index      int64           `json:"index"`
	Size       int64           `json:"size"`
	CosignedBy []string        `json:"cosignedBy,omitempty"`
}

func writeVerifyJSON(w io.Writer, _ string, r *receipt.Result, _ *ledger.Policy, refused error) error {
	out := verifyJSON{Format: verifyFormat, Verified: refused == nil}
	if refused != nil {
		out.Reason = refused.Error()
	} else {
		out.AsOf, out.Status, out.Missing = r.At.Format(time.RFC3339), &r.Status, r.Missing
		out.Log, out.Index, out.Size = r.Log, r.Index, r.Size
		for _, c := range r.Cosignatures {
			out.CosignedBy = append(out.CosignedBy, c.Name)
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}
