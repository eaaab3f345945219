package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/client"
	"github.com/proviso-dev/proviso/document"
)

func newDocumentCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{Use: "document", Short: "Record documents in a control plane"}
	c.add(cmd, "table or json")
	cmd.AddCommand(&cobra.Command{
		Use: "add FILE...", Short: "Record new documents, or the next versions of permits", Args: cobra.MinimumNArgs(1),
		Long: `Add records the documents of the files together: all of them, or none. They may
stand in any order. New sites, lots, accelerators, authorities and permits count
at once, and so do a fact's new values; a permit's next version is there until an
amendment puts it into effect (proviso permit amend).`,
		Example: `  proviso document add lots.yaml
  proviso document add sites.yaml lots.yaml   # together`,
		RunE: c.asking(func(ctx context.Context, cmd *cobra.Command, cl *client.Client, args []string) error {
			text, err := joined(args)
			if err != nil {
				return err
			}
			var r api.Recorded
			if err := cl.Post(ctx, "/v1/documents", api.Documents{Text: text}, &r); err != nil {
				return fmt.Errorf("%s: %w", strings.Join(args, ", "), err)
			}
			return c.show(cmd.OutOrStdout(), r, func(w io.Writer) {
				is := "is"
				if len(args) > 1 {
					is = "are"
				}
				fmt.Fprintf(w, "%s %s recorded (entry %d)\n", strings.Join(args, ", "), is, r.Entry)
				writeEffects(w, r.Effects)
			})
		}),
	})
	return cmd
}

// joined is the documents of files as one text. Each file is read before
// anything is sent, so that what is wrong in it is said with its own name.
func joined(files []string) (string, error) {
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return "", err
		}
		if _, errs := document.Read(f, text); len(errs) > 0 {
			return "", errs
		}
		if all.Len() > 0 {
			all.WriteString("\n---\n")
		}
		all.Write(text)
	}
	return all.String(), nil
}
