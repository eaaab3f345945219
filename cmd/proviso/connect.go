package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
)

// connection is how verbs reach a control plane.
type connection struct{ server, token, output string }

const defaultServer = "http://127.0.0.1:7080"

// add adds the flags; outputs lists what -o takes besides json.
func (c *connection) add(cmd *cobra.Command, outputs string) {
	cmd.PersistentFlags().StringVar(&c.server, "server", "", "the control plane's address; PROVISO_SERVER or "+defaultServer+" when absent")
	cmd.PersistentFlags().StringVar(&c.token, "token-file", "", "file with a token; PROVISO_TOKEN, or operator.token in ./proviso-data, when absent")
	cmd.PersistentFlags().StringVarP(&c.output, "output", "o", "table", outputs)
}

// open makes the client.
func (c *connection) open() (*client.Client, error) {
	server := orDefault(c.server, orDefault(os.Getenv("PROVISO_SERVER"), defaultServer))
	token := os.Getenv("PROVISO_TOKEN")
	file := c.token
	if file == "" && token == "" {
		if own := filepath.Join("proviso-data", "operator.token"); exists(own) {
			file = own
		}
	}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("the token: %w", err)
		}
		token = strings.TrimSpace(string(text))
	}
	return client.New(server, token, nil)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// show writes an answer as the output asks for.
func (c *connection) show(w io.Writer, v any, table func(io.Writer)) error {
	switch c.output {
	case "table", "wide":
		table(w)
		return nil
	case "json":
		return writeJSON(w, v)
	}
	return fmt.Errorf("there is no output %q: write table or json", c.output)
}

// asking is a verb that asks a control plane something.
func (c *connection) asking(f func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
		defer stop()
		cl, err := c.open()
		if err != nil {
			return err
		}
		err = f(ctx, cmd, cl, args)
		var p *api.Problem
		if errors.As(err, &p) && p.Status == 401 {
			return fmt.Errorf("%w: name a token with --token-file or PROVISO_TOKEN; proviso token create makes one", err)
		}
		return err
	}
}

// columns writes a table.
func columns(w io.Writer, header string, rows func(row func(cells ...string))) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, header)
	rows(func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) })
	t.Flush()
}

func shown(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

func orDash(s string) string { return orDefault(s, "-") }

// demoMark says once that answers are those of a demonstration.
func demoMark(cmd *cobra.Command, demo bool) {
	if demo {
		fmt.Fprintln(cmd.ErrOrStderr(), "DEMO: throwaway keys, simulated clock")
	}
}

// keyOr gives a key, or a new one, so that a retry on the way is done once.
func keyOr(key string) string {
	if key == "" {
		return rand.Text()
	}
	return key
}
