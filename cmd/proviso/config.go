package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/internal/spelling"
)

// Settings of a verb that runs for long come from its flags, else from the
// environment, else from a file. One name serves for all three: --tls-cert,
// PROVISO_TLS_CERT, and the key tls-cert.
const (
	configFlag   = "config"
	configPrefix = "PROVISO_"
	maxConfig    = 1 << 20
)

// clientVariables are read by verbs that ask a control plane.
var clientVariables = []string{"PROVISO_SERVER", "PROVISO_TOKEN"}

// bindConfig lets a verb take its flags from the environment and from a file
// too. Call it when the verb has all its flags.
func bindConfig(cmd *cobra.Command) {
	cmd.Flags().String(configFlag, "", "file with settings: its keys are the names of flags; environment variables (PROVISO_…) come before it, flags before both")
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if err := readSettings(cmd, os.Environ()); err != nil {
			return err
		}
		if before != nil {
			return before(cmd, args)
		}
		return nil
	}
}

// readSettings sets the flags that were not given.
func readSettings(cmd *cobra.Command, environment []string) error {
	flags := cmd.Flags()
	variables := map[string]string{}
	for _, v := range environment {
		name, value, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, configPrefix) && value != "" {
			variables[name] = value
		}
	}
	var given []string // on the command line
	flags.Visit(func(f *pflag.Flag) { given = append(given, f.Name) })
	settled := slices.Clone(given)
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		value, ok := variables[name]
		delete(variables, name)
		if !ok || !settable(f.Name) && f.Name != configFlag || slices.Contains(given, f.Name) || failed != nil {
			return
		}
		settled = append(settled, f.Name)
		if err := set(flags, f, []string{value}); err != nil {
			failed = fmt.Errorf("%s: %w", name, err)
		}
	})
	if failed != nil {
		return failed
	}
	for name := range variables {
		warnVariable(cmd, name)
	}
	file, err := flags.GetString(configFlag)
	if err != nil || file == "" {
		return err
	}
	return readConfigFile(flags, file, settled)
}

// set gives a flag its value, or a list flag its values.
func set(flags *pflag.FlagSet, f *pflag.Flag, values []string) error {
	for _, v := range values {
		if err := flags.Set(f.Name, v); err != nil {
			var invalid *pflag.InvalidValueError
			if errors.As(err, &invalid) {
				return fmt.Errorf("%q is no %s", v, f.Value.Type())
			}
			return err
		}
	}
	return nil
}

func variable(flag string) string {
	return configPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// settable reports whether a flag is a setting.
func settable(flag string) bool { return flag != configFlag && flag != "help" }

// warnVariable says that a variable is probably misspelt. Others are left
// alone: a cluster sets some of its own for a service named proviso.
func warnVariable(cmd *cobra.Command, name string) {
	if slices.Contains(clientVariables, name) {
		return
	}
	known := []string{variable(configFlag)}
	for _, f := range settings(cmd.Flags()) {
		known = append(known, variable(f))
	}
	short := make([]string, len(known)) // the prefix, which all share, counts for nothing
	for i, k := range known {
		short[i] = strings.TrimPrefix(k, configPrefix)
	}
	if near := spelling.Nearest(strings.TrimPrefix(name, configPrefix), short); near != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "proviso: the variable %s sets nothing: did you mean %s?\n", name, configPrefix+near)
	}
}

// settings lists the flags that a file may set, in order.
func settings(flags *pflag.FlagSet) (names []string) {
	flags.VisitAll(func(f *pflag.Flag) {
		if settable(f.Name) && !f.Hidden {
			names = append(names, f.Name)
		}
	})
	return names
}

func readConfigFile(flags *pflag.FlagSet, file string, settled []string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(data) > maxConfig {
		return fmt.Errorf("%s: it has more than %d bytes", file, maxConfig)
	}
	var root, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	err = d.Decode(&root)
	if err == io.EOF || err == nil && len(root.Content) == 0 {
		return nil // nothing but comments
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := d.Decode(&more); err != io.EOF {
		return fmt.Errorf("%s: it has more than one document", file)
	}
	return setFromNode(flags, file, root.Content[0], settled)
}

// setFromNode takes the settings of a file. Those that are settled are
// checked all the same, but for their values.
func setFromNode(flags *pflag.FlagSet, file string, n *yaml.Node, settled []string) error {
	fail := func(n *yaml.Node, format string, args ...any) error {
		return fmt.Errorf("%s:%d:%d: %s", file, n.Line, n.Column, fmt.Sprintf(format, args...))
	}
	if n.Kind != yaml.MappingNode {
		return fail(n, "must be settings, each as NAME: VALUE")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		f := flags.Lookup(key.Value)
		if f == nil || !settable(f.Name) {
			known := settings(flags)
			hint := spelling.Hint(key.Value, known)
			if hint == "" {
				hint = "known are " + strings.Join(known, ", ")
			}
			return fail(key, "unknown setting %q (%s)", key.Value, hint)
		}
		if seen[f.Name] {
			return fail(key, "%s is there twice", f.Name)
		}
		seen[f.Name] = true
		_, list := f.Value.(pflag.SliceValue)
		values := []*yaml.Node{value}
		if list && value.Kind == yaml.SequenceNode {
			values = value.Content
		}
		var texts []string
		for _, v := range values {
			if v.Kind != yaml.ScalarNode || v.ShortTag() == "!!null" {
				return fail(v, "%s: must be a value", f.Name)
			}
			texts = append(texts, v.Value)
		}
		if slices.Contains(settled, f.Name) {
			continue
		}
		if err := set(flags, f, texts); err != nil {
			return fail(value, "%s: %v", f.Name, err)
		}
	}
	return nil
}
