package signature_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/proviso-dev/proviso/signature"
)

var message = []byte(`{"act":"endorse","permit":"p","previous":"","spec":"` + strings.Repeat("0", 64) + `","v":"1","version":"1"}`)

// keygen runs the real ssh-keygen.
func keygen(t *testing.T, stdin []byte, args ...string) (string, error) {
	t.Helper()
	c := exec.Command("ssh-keygen", args...)
	c.Stdin = bytes.NewReader(stdin)
	out, err := c.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("ssh-keygen is not installed: run make tools")
	}
	return string(out), err
}

// verifies asks the real ssh-keygen whether a signature by a key counts.
func verifies(t *testing.T, public string, message, armored []byte) error {
	t.Helper()
	dir := t.TempDir()
	signers, sig := filepath.Join(dir, "allowed_signers"), filepath.Join(dir, "sig")
	if err := os.WriteFile(signers, []byte("authority "+public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(sig, armored, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := keygen(t, message, "-Y", "verify", "-n", signature.Namespace, "-f", signers, "-I", "authority", "-s", sig)
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// TestSSHKeygen: what the real ssh-keygen signs verifies here, and what is
// signed here verifies there, for each type of key.
func TestSSHKeygen(t *testing.T) {
	for _, kind := range [][]string{{"ed25519"}, {"ecdsa", "-b", "256"}, {"ecdsa", "-b", "521"}, {"rsa", "-b", "2048"}} {
		t.Run(strings.Join(kind, ""), func(t *testing.T) {
			dir := t.TempDir()
			key := filepath.Join(dir, "key")
			if out, err := keygen(t, nil, append([]string{"-q", "-N", "", "-f", key, "-t"}, kind...)...); err != nil {
				t.Fatal(out)
			}
			public, err := os.ReadFile(key + ".pub")
			if err != nil {
				t.Fatal(err)
			}
			k, err := signature.ParseKey(string(public))
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "act")
			if err := os.WriteFile(file, message, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := keygen(t, nil, "-Y", "sign", "-n", signature.Namespace, "-f", key, file); err != nil {
				t.Fatal(out)
			}
			theirs, err := os.ReadFile(file + ".sig")
			if err != nil {
				t.Fatal(err)
			}
			keys := []signature.Key{{Public: k}}
			if err := signature.Verify(message, theirs, keys, 0); err != nil {
				t.Errorf("a signature by ssh-keygen: %v", err)
			}
			private, err := os.ReadFile(key)
			if err != nil {
				t.Fatal(err)
			}
			signer, err := ssh.ParsePrivateKey(private)
			if err != nil {
				t.Fatal(err)
			}
			ours, err := signature.Sign(message, signer)
			if err != nil {
				t.Fatal(err)
			}
			if err := verifies(t, string(public), message, ours); err != nil {
				t.Errorf("ssh-keygen on our signature: %v", err)
			}
			if verifies(t, string(public), append([]byte(" "), message...), ours) == nil {
				t.Error("ssh-keygen accepts our signature on something else: the test looks at nothing")
			}
		})
	}
}

// published is where Debian keeps the signatures that OpenSSH publishes for
// tests of the format (regress/unittests/sshsig/testdata).
const published = "/usr/lib/openssh/regress/unittests/sshsig/testdata"

func readPublished(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(published, name))
	if err != nil {
		t.Fatalf("OpenSSH's published signatures are not installed: run make tools: %v", err)
	}
	return data
}

// TestPublishedSignatures reads OpenSSH's own vectors. They were made for the
// namespace "unittest", so Verify must refuse them for that reason, while the
// format's verification accepts them: with keys on tokens too.
func TestPublishedSignatures(t *testing.T) {
	data := readPublished(t, "signed-data")
	for _, name := range []string{"ed25519", "ed25519_sk", "ecdsa", "ecdsa_sk", "rsa"} {
		public, err := signature.ParseKey(string(readPublished(t, name+".pub")))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		armored := readPublished(t, name+".sig")
		s, err := sshsig.Unarmor(armored)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := sshsig.Verify(bytes.NewReader(data), s, public, s.HashAlgorithm, string(readPublished(t, "namespace"))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := signature.Verify(data, armored, []signature.Key{{Public: public}}, 0); !errors.Is(err, signature.ErrNamespace) {
			t.Errorf("%s: a signature for another purpose: %v", name, err)
		}
	}
	if _, err := signature.ParseKey(string(readPublished(t, "dsa.pub"))); err == nil {
		t.Error("a DSA key counts")
	}
}

// token signs as a hardware token with an ed25519-sk key does (OpenSSH's
// PROTOCOL.u2f): over the hashes of its application and of the message, with
// flags and a counter between.
type token struct {
	key   ed25519.PrivateKey
	flags byte
}

func (k token) blob() []byte {
	return ssh.Marshal(struct {
		Type        string
		Key         []byte
		Application string
	}{ssh.KeyAlgoSKED25519, k.key.Public().(ed25519.PublicKey), "ssh:"})
}

func (k token) sign(namespace string, message []byte) []byte {
	hash := sha256.Sum256(message)
	fields := ssh.Marshal(struct{ Namespace, Reserved, Hash, Digest string }{namespace, "", "sha256", string(hash[:])})
	signed := append([]byte("SSHSIG"), fields...)
	app, digest := sha256.Sum256([]byte("ssh:")), sha256.Sum256(signed)
	over := append(app[:], k.flags)
	over = append(binary.BigEndian.AppendUint32(over, 7), digest[:]...)
	sig := ssh.Marshal(struct {
		Format  string
		Blob    []byte
		Flags   byte
		Counter uint32
	}{ssh.KeyAlgoSKED25519, ed25519.Sign(k.key, over), k.flags, 7})
	body := append([]byte("SSHSIG"), ssh.Marshal(struct {
		Version                        uint32
		Key                            []byte
		Namespace, Reserved, Algorithm string
		Signature                      []byte
	}{1, k.blob(), namespace, "", "sha256", sig})...)
	return pem.EncodeToMemory(&pem.Block{Type: sshsig.PEMType, Bytes: body})
}

// TestTokens: a signature of a hardware token verifies here and by the real
// ssh-keygen. One for which nobody touched the token is refused here, which
// ssh-keygen leaves to those who ask it.
func TestTokens(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for flags, ok := range map[byte]bool{1: true, 5: true, 0: false, 4: false} {
		k := token{private, flags}
		public, err := ssh.ParsePublicKey(k.blob())
		if err != nil {
			t.Fatal(err)
		}
		armored := k.sign(signature.Namespace, message)
		if err := signature.Verify(message, armored, []signature.Key{{Public: public}}, 0); (err == nil) != ok {
			t.Errorf("flags %d: %v", flags, err)
		}
		if err := verifies(t, string(ssh.MarshalAuthorizedKey(public)), message, armored); err != nil {
			t.Errorf("flags %d: %v", flags, err)
		}
	}
}
