// Command proviso plans, enforces and proves the conditions attached to AI
// accelerators.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run()) }

// run is main with an exit code, so that script tests can call it: 0 fine, 1
// an error, 2 where a verb's answer is a yes or no and it is no.
func run() int {
	err := newRootCommand().Execute()
	if err == nil {
		return 0
	}
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	fmt.Fprintln(os.Stderr, "proviso:", err)
	return 1
}

// newRootCommand wires the verbs; each is built in the file of its name.
func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "proviso",
		Short:         "Plan, enforce and prove the conditions attached to AI accelerators",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newPlanCommand())
	root.AddCommand(newWhyCommand())
	root.AddCommand(newCheckCommand())
	root.AddCommand(newExplainCommand())
	root.AddCommand(newAcceleratorCommand())
	root.AddCommand(newRegimeCommand())
	root.AddCommand(newPermitCommand())
	root.AddCommand(newTestCommand())
	root.AddCommand(newDiffCommand())
	root.AddCommand(newModelCommand())
	root.AddCommand(newYieldCommand())
	root.AddCommand(newVerifyCommand())
	root.AddCommand(newWitnessCommand())
	root.AddCommand(newServeCommand())
	root.AddCommand(newJobCommand())
	root.AddCommand(newBookingCommand())
	root.AddCommand(newLotCommand())
	root.AddCommand(newEvidenceCommand())
	root.AddCommand(newReceiptCommand())
	root.AddCommand(newAuditCommand())
	root.AddCommand(newDisclosureCommand())
	root.AddCommand(newDocumentCommand())
	root.AddCommand(newTokenCommand())
	root.AddCommand(newReportCommand())
	root.AddCommand(newBackupCommand())
	root.AddCommand(newRestoreCommand())
	return root
}
