package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/work"
)

// newModelCommand shows the models that ship with the program and reads
// others.
func newModelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Show language models, their parameters and the memory of their caches",
		Long: `Show the language models that ship with proviso, with what is published of their
architectures, and read others from Hugging Face's config.json.

Parameters, active parameters and the bytes that a token adds to the cache of keys
and values (KV) are computed from the architecture.`,
		Example: `  proviso model list
  proviso model show deepseek-v3
  proviso model import config.json --name mine > mine.yaml`,
	}
	cmd.AddCommand(newModelListCommand(), newModelShowCommand(), newModelImportCommand())
	return cmd
}

func newModelListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the known models with their sizes",
		Example: `  proviso model list
  proviso model list -o json`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := catalog.BuiltinModels()
			if err != nil {
				return err
			}
			return writeModels(cmd.OutOrStdout(), output, modelViews(all), modelListTable)
		},
	}
	acceleratorOutputFlag(cmd, &output)
	return cmd
}

func newModelShowCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show one model: its architecture, sources and what is not known",
		Example: `  proviso model show deepseek-v3
  proviso model show gpt-oss-120b -o json`,
		Args:              oneName("model", "deepseek-v3"),
		ValidArgsFunction: completeModels,
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := catalog.BuiltinModels()
			if err != nil {
				return err
			}
			e, err := catalog.FindModel(all, args[0])
			if err != nil {
				return err
			}
			return writeModels(cmd.OutOrStdout(), output, modelViews([]catalog.Entry[work.Model]{e}), modelShowTable)
		},
	}
	acceleratorOutputFlag(cmd, &output)
	return cmd
}

func newModelImportCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "import CONFIG.JSON",
		Short: "Turn a Hugging Face config into a Model document",
		Long: `Read the config.json that lies beside a model's weights on Hugging Face and write a
document of kind Model. Known model types: ` + strings.Join(work.ConfigTypes, ", ") + `.`,
		Example: `  proviso model import config.json --name my-model > my-model.yaml`,
		Args:    oneName("file", "config.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			m, err := work.ImportConfig(data)
			if err != nil {
				return fmt.Errorf("%s %w", args[0], err)
			}
			m.Source = filepath.Base(args[0])
			if name == "" {
				name = modelName(args[0])
			}
			out, err := document.Write("Model", name, m)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(out)
			return err
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the document's name (default: the directory's)")
	return cmd
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// modelName is the name of the directory of a config, as documents are named.
func modelName(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "model"
	}
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(filepath.Base(filepath.Dir(abs))), "-"), "-")
	if name == "" {
		return "model"
	}
	return name[:min(len(name), 63)]
}

// oneName requires exactly one argument.
func oneName(what, such string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("name one %s, such as %s: got %d names", what, such, len(args))
		}
		return nil
	}
}

func completeModels(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	all, err := catalog.BuiltinModels()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range all {
		if strings.HasPrefix(e.Name, strings.ToLower(prefix)) {
			names = append(names, e.Name+"\t"+e.Spec.Description)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
