package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/signature"
)

// actFlags say which act on which permit is meant.
type actFlags struct{ act, permit, previous string }

func (f *actFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.act, "act", "", "what is done: endorse, amend, suspend or revoke")
	cmd.Flags().StringVar(&f.permit, "permit", "", "which permit, where the file has several")
	cmd.Flags().StringVar(&f.previous, "previous", "", "hash of the act before on this permit; left out for the first one")
}

func newPermitCanonicalCommand() *cobra.Command {
	var flags actFlags
	cmd := &cobra.Command{
		Use:   "canonical --act ACT FILE",
		Short: "Print the bytes that an authority signs",
		Long: `Canonical prints the bytes that an authority signs to endorse, amend, suspend
or revoke a permit: canonical JSON (RFC 8785) with the act, the permit, its
version, the hash of its spec and the hash of the act before. The hash of the
spec is that of its meaning: comments, spacing and the order of fields have no
part in it. For an amendment FILE holds the next version.`,
		Example: `  # What an authority signs, with a tool that it has
  proviso permit canonical --act endorse permit.yaml > act.json
  ssh-keygen -Y sign -n proviso -f ~/.ssh/id_ed25519 act.json

  # Behind another act on the same permit
  proviso permit canonical --act endorse --previous $(sha256sum < first.json | cut -c-64) permit.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := canonicalAct(flags, args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(data) // no newline: it is not signed
			return err
		},
	}
	flags.add(cmd)
	return cmd
}

func newPermitSignCommand() *cobra.Command {
	var flags actFlags
	var key string
	cmd := &cobra.Command{
		Use:   "sign FILE --key KEY",
		Short: "Sign an act on a permit with an SSH key",
		Long: `Sign prints an SSH signature over an act, as ssh-keygen -Y sign -n proviso
makes it. FILE is what permit canonical printed or, with --act, the permit's
document. A key with a passphrase, on a token or in an agent is one for
ssh-keygen.`,
		Example: `  proviso permit canonical --act endorse permit.yaml > act.json
  proviso permit sign act.json --key ~/.ssh/id_ed25519 > act.json.sig

  # The same at once
  proviso permit sign permit.yaml --act endorse --key ~/.ssh/id_ed25519`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := actToSign(flags, args[0])
			if err != nil {
				return err
			}
			signer, err := readPrivateKey(key)
			if err != nil {
				return err
			}
			armored, err := signature.Sign(data, signer)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(armored)
			return err
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&key, "key", "", "file of the SSH private key")
	_ = cmd.MarkFlagRequired("key")
	return cmd
}

func actToSign(flags actFlags, file string) ([]byte, error) {
	if flags.act != "" {
		return canonicalAct(flags, file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if _, err := signature.ParseAct(data); err != nil {
		return nil, fmt.Errorf("%s: %w: write it with permit canonical, or name the act with --act", file, err)
	}
	return data, nil
}

func canonicalAct(flags actFlags, file string) ([]byte, error) {
	if flags.act == "" {
		return nil, errors.New("say with --act what is done: endorse, amend, suspend or revoke")
	}
	d, err := permitDocument(file, flags.permit)
	if err != nil {
		return nil, err
	}
	spec, err := control.SpecHash(d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return signature.Act{
		Act: signature.Verb(flags.act), Permit: d.Name, Version: d.Version,
		Spec: spec, Previous: flags.previous,
	}.Canonical()
}

// permitDocument finds a permit in a file and writes its regimes out: what is
// signed contains every clause and value, not a name that may change.
func permitDocument(file, name string) (*document.Document, error) {
	set, errs := catalog.Read(file)
	docs, more := set.Expand()
	if err := append(errs, more...).Sort().Err(); err != nil {
		return nil, err
	}
	var permits []*document.Document
	var names []string
	for _, d := range docs {
		if d.Kind == "Permit" && (name == "" || d.Name == name) {
			permits = append(permits, d)
		}
		if d.Kind == "Permit" {
			names = append(names, d.Name)
		}
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("%s: there is no permit in it", file)
	case len(permits) == 0:
		hint := "it has " + strings.Join(names, ", ")
		if h := spelling.Hint(name, names); h != "" {
			hint = h
		}
		return nil, fmt.Errorf("%s: there is no permit %q in it (%s)", file, name, hint)
	case len(permits) > 1:
		return nil, fmt.Errorf("%s: it has %d permits: say with --permit which one: %s", file, len(permits), strings.Join(names, ", "))
	}
	return permits[0], nil
}

func readPrivateKey(file string) (ssh.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(data)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		return nil, fmt.Errorf("%s has a passphrase: sign with ssh-keygen -Y sign -n %s -f %s FILE", file, signature.Namespace, file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not an SSH private key: %w", file, err)
	}
	return signer, nil
}
