package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/witness"
)

func newWitnessCommand() *cobra.Command {
	var listen, data, name string
	var logs []string
	cmd := &cobra.Command{
		Use:   "witness --name NAME --log KEY...",
		Short: "Cosign the checkpoints of other logs, and refuse a fork",
		Long: `Witness watches logs. It cosigns a log's checkpoint when the log shows that it
has grown and changed nothing, and refuses anything else: a log that tells
different people different things is found out. It speaks C2SP tlog-witness.

The first start makes a key in the data folder and prints its public half,
which goes into the policies of those who trust this witness. The folder also
holds the last checkpoint of each log; a witness that lost it must not start
again under the same key.`,
		Example: `  proviso witness --name witness.example/one --log log.example+5d9fb1b8+AXT...

  # Where others reach it
  proviso witness --name witness.example/one --log log.vkey --listen 127.0.0.1:7081 --data /var/lib/proviso-witness`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !loopback(listen) {
				return fmt.Errorf("%s is not on this machine: a witness speaks plain HTTP; put a proxy with TLS before it", listen)
			}
			if len(logs) == 0 {
				return errors.New("say with --log which logs to watch")
			}
			var verifiers []note.Verifier
			for _, l := range logs {
				v, err := readLogKey(l)
				if err != nil {
					return err
				}
				verifiers = append(verifiers, v)
			}
			secret, err := witnessKey(cmd, filepath.Join(data, "witness.key"), name)
			if err != nil {
				return err
			}
			signer, err := ledger.NewCosigner(secret, time.Now)
			if err != nil {
				return err
			}
			w, err := witness.New(data, signer, verifiers...)
			if err != nil {
				return err
			}
			defer w.Close()
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			return serveHTTP(cmd, listen, w.Handler(log), "witness "+signer.Name())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:7081", "address to listen on")
	cmd.Flags().StringVar(&data, "data", "proviso-witness", "folder for the key and what was seen")
	cmd.Flags().StringVar(&name, "name", "", "name of the witness's key, such as witness.example/one; needed for the first start")
	cmd.Flags().StringArrayVar(&logs, "log", nil, "public key of a log to watch, or a file with it")
	return cmd
}

// loopback reports whether an address is reached from this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// witnessKey reads the key, or makes one and prints its public half.
func witnessKey(cmd *cobra.Command, file, name string) (string, error) {
	data, err := os.ReadFile(file)
	if err == nil {
		return string(data), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if name == "" {
		return "", fmt.Errorf("there is no key in %s yet: say with --name what it is called", file)
	}
	secret, public, err := ledger.CosignatureKey(rand.Reader, name)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(secret + "\n")
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), public)
	return secret, err
}

// serveHTTP serves until it is interrupted, and then ends what is under way.
func serveHTTP(cmd *cobra.Command, listen string, handler http.Handler, what string) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s listens on http://%s\n", what, l.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(end)
}
