package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError says that the command was not understood; nothing was done.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, a ...any) error { return &usageError{fmt.Sprintf(format, a...)} }

func isUsage(err error) bool {
	var u *usageError
	return errors.As(err, &u)
}

// flagError says in this program's words what is wrong with a flag.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return usagef("%v", err)
	}
	f := invalid.GetFlag()
	switch f.Value.Type() {
	case "int":
		return usagef("--%s %q: a number is wanted", f.Name, invalid.GetValue())
	case "bool":
		return usagef("--%s %q: it takes no value", f.Name, invalid.GetValue())
	case "duration":
		return usagef("--%s %q: a length of time is wanted, such as 90s or 5m", f.Name, invalid.GetValue())
	default:
		return usagef("--%s %q: not understood", f.Name, invalid.GetValue())
	}
}

// exactly and between hold a command to its number of arguments, as usage errors.
func exactly(n int) cobra.PositionalArgs { return asUsage(cobra.ExactArgs(n)) }

func between(least, most int) cobra.PositionalArgs { return asUsage(cobra.RangeArgs(least, most)) }

func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usagef("%v", err)
		}
		return nil
	}
}
