// Command calibrate derives the figures that predictions rest on from
// published measurements, and writes them where package yield embeds them.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "calibrate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say what to derive: kernels, fit, intervals or table")
	}
	flags := flag.NewFlagSet("calibrate", flag.ContinueOnError)
	dir := flags.String("kernels", "../shared/data/kernels", "directory of measured kernels")
	data := flags.String("data", "../shared/data/validation", "directory of published measurements")
	steps := flags.Int("steps", 80, "most steps of a fit")
	parts := flags.Int("parts", 12, "parts that groups are split into; each is predicted by the others")
	each := flags.Int("each", 3, "rows of a class of measurements that the shipped table keeps")
	keep := flags.String("keep", "", "subjects of a fit (serving, training, energy) whose coefficients stay as they are, since nothing that they rest on has changed")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "kernels" {
		return kernels(*dir, *data, "yield/kernels.json")
	}
	if args[0] == "fit" {
		return calibrate(*data, "yield/coefficients.json", *steps, *parts, strings.FieldsFunc(*keep, func(r rune) bool { return r == ',' }))
	}
	if args[0] == "table" {
		return table(*data, "measurement/published.csv", *each)
	}
	if args[0] == "intervals" {
		return intervals(*data, "yield/coefficients.json")
	}
	return fmt.Errorf("cannot derive %q: known are kernels, fit, intervals and table", args[0])
}
