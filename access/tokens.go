package access

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/proviso-dev/proviso/internal/durable"
)

const (
	tokensFile   = "tokens.json"
	tokensFormat = "proviso.dev/tokens/v1alpha1"
	// maxTokensFile bounds what is read: some 40,000 tokens.
	maxTokensFile = 16 << 20
)

// Tokens are the tokens of a data folder. Several processes may use them at
// once: a change takes a lock, and the others see it at their next question.
type Tokens struct {
	dir, path string
	key       [32]byte // of the index, for this process alone

	mu    sync.Mutex
	seen  stamp // of the file that was read
	list  []Token
	index map[[32]byte]int // see lookup
}

// stamp tells one file under a name from the next: each change makes a new
// file.
type stamp struct {
	inode    uint64
	size     int64
	modified syscall.Timespec
}

type encodedTokens struct {
	Format string  `json:"format"`
	Tokens []Token `json:"tokens"`
}

// Open reads the tokens of a data folder. There may be none, and no folder:
// the first one that is made makes it.
func Open(dir string) (*Tokens, error) {
	t := &Tokens{dir: dir, path: filepath.Join(dir, tokensFile)}
	newIndexKey(&t.key)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refresh(); err != nil {
		return nil, err
	}
	return t, nil
}

// List gives all tokens in the order in which they were made, those that
// expired and those that were revoked too.
func (t *Tokens) List() ([]Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refresh(); err != nil {
		return nil, err
	}
	return slices.Clone(t.list), nil
}

// Create makes a token and gives its secret, which is kept nowhere. A token
// for a client certificate has none.
func (t *Tokens) Create(s Spec, now time.Time) (secret string, token Token, err error) {
	if err := s.check(); err != nil {
		return "", Token{}, fmt.Errorf("create token: %w", err)
	}
	var hash string
	if s.Certificate == "" {
		secret, hash = newSecret()
	}
	token, err = t.add(s, hash, now)
	if err != nil {
		return "", Token{}, fmt.Errorf("create token %s: %w", s.Name, err)
	}
	return secret, token, nil
}

func (t *Tokens) add(s Spec, hash string, now time.Time) (Token, error) {
	now = now.UTC().Truncate(time.Second)
	token := Token{
		Name: s.Name, Role: s.Role, SHA256: hash, Certificate: s.Certificate, Scope: s.Scope,
		Created: now, Expires: now.Add(s.For).Truncate(time.Second),
	}
	return token, t.change(func(list []Token) ([]Token, error) {
		for i := range list {
			if list[i].Name == s.Name {
				return nil, fmt.Errorf("there is one already, and a name stands for one token for ever: the ledger records it. Take another, such as %s", nextName(list, s.Name))
			}
			if s.Certificate != "" && list[i].Certificate == s.Certificate && list[i].State(now) == "active" {
				return nil, fmt.Errorf("the certificate %s stands for the token %s already: revoke that one first", s.Certificate, list[i].Name)
			}
		}
		return append(list, token), nil
	})
}

// nextName is a name that is free: NAME-2, NAME-3, …
func nextName(list []Token, name string) string {
	for n := 2; ; n++ {
		next := fmt.Sprintf("%s-%d", name, n)
		if !slices.ContainsFunc(list, func(t Token) bool { return t.Name == next }) {
			return next
		}
	}
}

// Revoke ends a token at once, for good. Servers that run refuse it from their
// next request on.
func (t *Tokens) Revoke(name string, now time.Time) error {
	now = now.UTC().Truncate(time.Second)
	err := t.change(func(list []Token) ([]Token, error) {
		for i := range list {
			if list[i].Name == name {
				if list[i].Revoked != nil {
					return nil, fmt.Errorf("it was revoked at %s", list[i].Revoked.Format(time.RFC3339))
				}
				list[i].Revoked = &now
				return list, nil
			}
		}
		return nil, fmt.Errorf("there is none of that name in %s%s", t.path, hint(name, list))
	})
	if err != nil {
		return fmt.Errorf("revoke token %s: %w", name, err)
	}
	return nil
}

// change reads the file, lets f change it, and writes it, while no other
// process does.
func (t *Tokens) change(f func([]Token) ([]Token, error)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return err
	}
	if err := onlyMine(t.dir); err != nil {
		return err
	}
	lock, err := os.OpenFile(t.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	if err := t.refresh(); err != nil {
		return err
	}
	if err := t.ours(); err != nil {
		return err
	}
	list, err := f(slices.Clone(t.list))
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(encodedTokens{tokensFormat, list}, "", "  ")
	if err != nil {
		return err
	}
	if len(data) > maxTokensFile {
		return fmt.Errorf("there would be more tokens than fit %d MiB: too many", maxTokensFile>>20)
	}
	if err := durable.WriteFile(t.path, append(data, '\n'), 0o600); err != nil {
		return err
	}
	return t.refresh()
}

// ours refuses to replace another user's file, as root can: the server that
// runs as that user could not read the new one, and nobody would get in.
func (t *Tokens) ours() error {
	var s syscall.Stat_t
	if err := syscall.Stat(t.path, &s); err != nil || int(s.Uid) == os.Geteuid() {
		return nil // none yet, or ours
	}
	owner := strconv.Itoa(int(s.Uid))
	if u, err := user.LookupId(owner); err == nil {
		owner = u.Username
	}
	return fmt.Errorf("%s belongs to the user %s: run this as that user, with sudo -u %s", t.path, owner, owner)
}

// refresh reads the file if it is another than the one that was read last. A
// file that is gone holds no token. Where it cannot be read nobody gets in:
// what was revoked in it is not known.
func (t *Tokens) refresh() error {
	var s syscall.Stat_t // os.Stat does the same and allocates: this is asked at each request
	err := syscall.Stat(t.path, &s)
	if errors.Is(err, fs.ErrNotExist) {
		t.seen, t.list, t.index = stamp{}, nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("read tokens: %s: %w", t.path, err)
	}
	now := stamp{inode: s.Ino, size: s.Size, modified: s.Mtim}
	if now == t.seen {
		return nil
	}
	list, err := readTokens(t.path, s.Size)
	if err != nil {
		return fmt.Errorf("read tokens: %s: %w", t.path, err)
	}
	t.seen, t.list = now, list
	t.index = make(map[[32]byte]int, len(list))
	for i := range list {
		if sum, ok := decodeHash(list[i].SHA256); ok {
			t.index[t.blind(sum)] = i
		}
	}
	return nil
}

func readTokens(path string, size int64) ([]Token, error) {
	if size > maxTokensFile {
		return nil, fmt.Errorf("it has %d bytes: too many", size)
	}
	if err := onlyMine(path); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	var e encodedTokens
	if err := d.Decode(&e); err != nil {
		return nil, err
	}
	if e.Format != tokensFormat {
		return nil, fmt.Errorf("its format is %q, this program knows %s", e.Format, tokensFormat)
	}
	names := map[string]bool{}
	for i := range e.Tokens {
		k := &e.Tokens[i]
		if names[k.Name] {
			return nil, fmt.Errorf("two tokens are named %s", k.Name)
		}
		names[k.Name] = true
		if _, ok := decodeHash(k.SHA256); !ok && k.Certificate == "" {
			return nil, fmt.Errorf("token %s has neither the hash of a secret nor a certificate", k.Name)
		}
		if err := k.Scope.check(k.Role); err != nil {
			return nil, fmt.Errorf("token %s: %w", k.Name, err)
		}
	}
	return e.Tokens, nil
}

func decodeHash(s string) (sum [32]byte, ok bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(sum) {
		return sum, false
	}
	copy(sum[:], b)
	return sum, true
}

// onlyMine refuses a file or folder that others may write: they could make
// themselves operators.
func onlyMine(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others than its owner may write to %s: run chmod go-w %s", path, path)
	}
	return nil
}
