package access

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/proviso-dev/proviso/internal/durable"
)

// operatorFile is where the first start leaves the operator's token.
const operatorFile = "operator.token"

// First makes an operator's token where there is no token at all, and writes
// its secret into the file operator.token of the data folder, which only its
// owner can read. It gives that file's path, or "" if there were tokens.
func (t *Tokens) First(now time.Time) (path string, err error) {
	list, err := t.List()
	if err != nil || len(list) > 0 {
		return "", err
	}
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return "", fmt.Errorf("first token: %w", err)
	}
	secret, hash := newSecret()
	path = filepath.Join(t.dir, operatorFile)
	// The secret first: after a crash in between there is no token yet, and the
	// next start writes both anew.
	if err := durable.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("first token: %w", err)
	}
	if _, err := t.add(Spec{Name: string(Operator), Role: Operator, For: MaxLife}, hash, now); err != nil {
		return "", fmt.Errorf("first token: %w", err)
	}
	return path, nil
}
