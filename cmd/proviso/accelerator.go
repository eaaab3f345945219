package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/regime"
)

// newAcceleratorCommand shows the accelerators that ship with the program and
// judges them by the US export rules.
func newAcceleratorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accelerator",
		Short: "Show accelerators and classify them by the US export rules",
		Long: `Show the accelerators that ship with proviso, each value with its source, and
classify them by the US export rules.

Total processing performance (TPP) is the dense rate in TOP/s × the bit length of
the format, the highest over all formats. Performance density is TPP over the
die area in mm². Values that are disputed or unpublished are not given.`,
		Example: `  proviso accelerator list
  proviso accelerator show h200
  proviso accelerator classify mi325x -o json`,
	}
	cmd.AddCommand(newAcceleratorListCommand(), newAcceleratorShowCommand(), newAcceleratorClassifyCommand())
	return cmd
}

func newAcceleratorListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the known accelerators with their figures",
		Example: `  proviso accelerator list
  proviso accelerator list -o json`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := catalog.BuiltinAccelerators()
			if err != nil {
				return err
			}
			views, err := acceleratorViews(all, nil)
			if err != nil {
				return err
			}
			return writeAccelerators(cmd.OutOrStdout(), output, views, acceleratorListTable)
		},
	}
	acceleratorOutputFlag(cmd, &output)
	return cmd
}

func newAcceleratorShowCommand() *cobra.Command {
	return oneAcceleratorCommand(&cobra.Command{
		Use:   "show NAME",
		Short: "Show one accelerator: each figure with its source, and what is not known",
		Example: `  proviso accelerator show h200-sxm
  proviso accelerator show 910c -o json`,
	}, nil, acceleratorShowTable)
}

// oneAcceleratorCommand completes a command about the accelerator that its one
// argument names.
func oneAcceleratorCommand(cmd *cobra.Command, classify func() ([]catalog.Entry[regime.Regime], error), table acceleratorTable) *cobra.Command {
	var output string
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("name one accelerator, such as h200-sxm: got %d names", len(args))
		}
		return nil
	}
	cmd.ValidArgsFunction = completeAccelerators
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		entries, err := accelerators(args[0])
		if err != nil {
			return err
		}
		var by []catalog.Entry[regime.Regime]
		if classify != nil {
			if by, err = classify(); err != nil {
				return err
			}
		}
		views, err := acceleratorViews(entries, by)
		if err != nil {
			return err
		}
		return writeAccelerators(cmd.OutOrStdout(), output, views, table)
	}
	acceleratorOutputFlag(cmd, &output)
	return cmd
}

// accelerators gives the one of a name, or those of a file.
func accelerators(name string) ([]catalog.Entry[fleet.Accelerator], error) {
	builtin, err := catalog.BuiltinAccelerators()
	if err != nil {
		return nil, err
	}
	if ext := filepath.Ext(name); ext != ".yaml" && ext != ".yml" {
		e, err := catalog.FindAccelerator(builtin, name)
		return []catalog.Entry[fleet.Accelerator]{e}, err
	}
	c, errs := catalog.Load(name)
	if err := loadError(errs); err != nil {
		return nil, err
	}
	own := c.Accelerators[len(builtin):] // the built-in ones come first
	if len(own) == 0 {
		return nil, fmt.Errorf("%s: there is no document of the kind Accelerator in the file", name)
	}
	return own, nil
}

func completeAccelerators(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	all, err := catalog.BuiltinAccelerators()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range all {
		for i, n := range append([]string{e.Name}, e.Spec.Aliases...) {
			// Aliases are offered only once something is typed: a bare TAB shows
			// each product once.
			if strings.HasPrefix(n, strings.ToLower(prefix)) && (i == 0 || prefix != "") {
				names = append(names, n+"\t"+e.Spec.Description)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

var acceleratorOutputs = []string{"table", "json"}

func acceleratorOutputFlag(cmd *cobra.Command, output *string) {
	cmd.Flags().StringVarP(output, "output", "o", "table", "output: "+strings.Join(acceleratorOutputs, " or "))
	// An error here means that the flag of the line above does not exist.
	if err := cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(acceleratorOutputs, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}
