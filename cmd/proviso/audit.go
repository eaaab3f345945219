package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/audit"
	"github.com/proviso-dev/proviso/client"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

// auditFormat is the version of an audit written as JSON.
const auditFormat = "proviso.dev/audit/v1alpha1"

func newAuditCommand() *cobra.Command {
	var logKey, witnesses, disclosures, tokenFile, output string
	cmd := &cobra.Command{
		Use:   "audit LEDGER",
		Short: "Check a ledger from the first entry on: tree, signatures, and every verdict",
		Long: `Audit reads a whole ledger and trusts nobody but keys. It checks that every
entry is in the tree whose checkpoint the log signed, that every act on a permit
bears the signature of an authority that the permit names, with a key that
counted then, and that every verdict, start and stop is what the core comes to
from the entries before it. It names the first entry at which they disagree.

LEDGER is a data folder, a PostgreSQL URL, or the address of a control plane. A
folder and a database hold the texts that entries commit to, such as end users;
a served ledger does not: --disclosures opens them. Verdicts that rest on what
is not disclosed are counted as not recomputed, never as passed.

Exit codes: 0 nothing is wrong, 2 there are findings, 1 the ledger cannot be
read.`,
		Example: `  proviso audit ./proviso-data
  proviso audit postgres://proviso@localhost/proviso --log-key log.vkey
  proviso audit https://fleet.example --log-key log.vkey --token-file auditor.token --disclosures disclosures.jsonl`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			if output != "table" && output != "json" {
				return fmt.Errorf("there is no output %q: write table or json", output)
			}
			log, err := auditKey(args[0], logKey)
			if err != nil {
				return err
			}
			o := audit.Options{Log: log}
			if o.Policy, err = readPolicy(witnesses); err != nil {
				return err
			}
			if o.Disclosures, err = readDisclosures(disclosures); err != nil {
				return err
			}
			r, closeReader, err := auditReader(ctx, args[0], log, tokenFile)
			if err != nil {
				return err
			}
			defer closeReader()
			bar := newProgress(os.Stderr, "auditing")
			o.Progress = func(done, all int64) { bar.set(int(done), int(all)) }
			report, err := audit.Run(ctx, r, o)
			bar.clear()
			if err != nil {
				return err
			}
			if ctx.Err() != nil {
				return errors.New("the audit was interrupted")
			}
			if output == "json" {
				err = writeJSON(cmd.OutOrStdout(), struct {
					Format string `json:"format"`
					*audit.Report
				}{auditFormat, report})
			} else {
				writeAudit(cmd.OutOrStdout(), report)
			}
			if err == nil && len(report.Findings) > 0 {
				return exitFindings
			}
			return err
		},
	}
	cmd.Flags().StringVar(&logKey, "log-key", "", "the log's public key, or a file with it; log.vkey in a data folder when absent")
	cmd.Flags().StringVar(&witnesses, "witnesses", "", "policy of witnesses that must have cosigned (C2SP tlog-policy)")
	cmd.Flags().StringVar(&disclosures, "disclosures", "", "file that opens commitments, as proviso disclosure writes it")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "of a served ledger: file with an auditor's token; PROVISO_TOKEN when absent")
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func isServer(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

func auditKey(name, logKey string) (note.Verifier, error) {
	if logKey == "" {
		if isServer(name) || strings.HasPrefix(name, "postgres") {
			return nil, errors.New("say with --log-key which log it is: its key is what an audit rests on")
		}
		logKey = filepath.Join(name, "log.vkey")
	}
	return readLogKey(logKey)
}

func auditReader(ctx context.Context, name string, log note.Verifier, tokenFile string) (ledger.Reader, func(), error) {
	if !isServer(name) {
		r, err := storage.OpenReader(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		return r, func() { r.Close() }, nil
	}
	token := os.Getenv("PROVISO_TOKEN")
	if tokenFile != "" {
		text, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, nil, fmt.Errorf("the token: %w", err)
		}
		token = strings.TrimSpace(string(text))
	}
	cl, err := client.New(name, token, nil)
	if err != nil {
		return nil, nil, err
	}
	r, err := audit.Serve(ctx, log, func(ctx context.Context, path string) ([]byte, error) { return cl.Text(ctx, "/log/"+path) })
	return r, func() {}, err
}

// readDisclosures reads openings, one entry a line.
func readDisclosures(file string) (map[int64]*control.Disclosure, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[int64]*control.Disclosure{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var d api.Disclosure
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			return nil, fmt.Errorf("%s:%d: not a disclosure: %w", file, n, err)
		}
		c := control.Disclosure{}
		for k, o := range d.Openings {
			c[k] = control.Opening{Salt: o.Salt, Text: o.Text}
		}
		out[d.Entry] = &c
	}
	return out, lines.Err()
}

func writeAudit(w io.Writer, r *audit.Report) {
	mark := ""
	if r.Demo {
		mark = " (DEMO: throwaway keys)"
	}
	fmt.Fprintf(w, "Audit of the log %s%s\n", orDash(r.Log), mark)
	fmt.Fprintf(w, "  entries            %d, all in the tree that the log signed unless a finding says otherwise\n", r.Entries)
	fmt.Fprintf(w, "  recomputed         %d outcomes agree with the core, version %s\n", r.Recomputed, r.Core)
	fmt.Fprintf(w, "  signatures         %d of authorities verify\n", r.Signatures)
	if r.NotRecomputed > 0 {
		why := "an earlier finding"
		if r.Sealed >= 0 {
			why = fmt.Sprintf("what entry %d commits to, which is not disclosed", r.Sealed)
		}
		fmt.Fprintf(w, "  not recomputed     %d outcomes, since they rest on %s\n", r.NotRecomputed, why)
	}
	if len(r.Findings) == 0 {
		fmt.Fprintln(w, "Nothing is wrong.")
		return
	}
	fmt.Fprintf(w, "%d findings:\n", len(r.Findings))
	for _, f := range r.Findings {
		at := "the ledger"
		if f.Entry >= 0 {
			at = "entry " + strconv.FormatInt(f.Entry, 10)
		}
		fmt.Fprintf(w, "  %s: %s\n", at, f.Message)
	}
}

func newDisclosureCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "disclosure ENTRY...",
		Short: "Print the texts that entries commit to, with their salts",
		Long: `Disclosure asks a control plane for what opens the commitments in entries, one
entry a line, for proviso audit --disclosures. Whoever is given it can check
those entries, and no others.`,
		Example: "  proviso disclosure 67 68 > disclosures.jsonl",
		Args:    cobra.MinimumNArgs(1),
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			out := json.NewEncoder(cmd.OutOrStdout())
			for _, a := range args {
				n, err := strconv.ParseInt(a, 10, 64)
				if err != nil {
					return fmt.Errorf("%q is not the position of an entry", a)
				}
				d, err := cl.Disclosure(ctx, n)
				if err != nil {
					return err
				}
				if err := out.Encode(d); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	c.add(cmd, "disclosures have one form")
	return cmd
}
