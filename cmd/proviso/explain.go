package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/schema"
)

func newExplainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [KIND[.FIELD...]]",
		Short: "Print the documentation of a kind of document or of a field",
		Long: `Explain prints what a field of a document means, what its value looks like and
which fields there are inside. Without a path it lists the kinds.`,
		Example: `  # Which kinds of documents there are
  proviso explain

  # A condition of a permit, and its limit
  proviso explain permit.spec.conditions
  proviso explain permit.spec.conditions.limit`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				kinds, err := schema.Kinds()
				if err != nil {
					return err
				}
				return writeFields(cmd.OutOrStdout(), "", kinds)
			}
			f, err := schema.Lookup(args[0])
			if err != nil {
				return err
			}
			return writeExplanation(cmd.OutOrStdout(), f)
		},
	}
}

const explainWidth = 78

func writeExplanation(w io.Writer, f *schema.Field) error {
	var b strings.Builder
	required := ""
	if f.Required && strings.Contains(f.Path, ".") {
		required = ", required"
	}
	fmt.Fprintf(&b, "%s (%s%s)\n\n", f.Path, f.Type, required)
	b.WriteString(wrap(f.Doc, "  "))
	if f.TypeDoc != "" && f.TypeDoc != f.Doc {
		b.WriteString("\n" + wrap(f.TypeDoc, "  "))
	}
	if len(f.Enum) > 0 {
		b.WriteString("\n" + wrap("One of: "+strings.Join(f.Enum, ", "), "  "))
	}
	if len(f.Examples) > 0 {
		b.WriteString("\n" + wrap("Such as: "+strings.Join(f.Examples, ", "), "  "))
	}
	if _, err := io.WriteString(w, b.String()); err != nil || len(f.Children) == 0 {
		return err
	}
	return writeFields(w, "\nFields:\n\n", f.Children)
}

func writeFields(w io.Writer, head string, fields []schema.Field) error {
	var b strings.Builder
	b.WriteString(head)
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('\n')
		}
		required := ""
		if f.Required && head != "" {
			required = ", required"
		}
		fmt.Fprintf(&b, "  %s (%s%s)\n", f.Path, f.Type, required)
		b.WriteString(wrap(f.Doc, "      "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap breaks text into lines, each with an indent.
func wrap(text, indent string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		line := indent
		for _, word := range strings.Fields(paragraph) {
			if len(line) > len(indent) && len([]rune(line))+1+len([]rune(word)) > explainWidth {
				b.WriteString(line + "\n")
				line = indent
			}
			if len(line) > len(indent) {
				line += " "
			}
			line += word
		}
		if strings.TrimSpace(line) != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
