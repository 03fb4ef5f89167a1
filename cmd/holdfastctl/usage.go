package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// usageError says that the command was not understood; nothing was done.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, a ...any) error { return &usageError{fmt.Sprintf(format, a...)} }

func isUsage(err error) bool {
	var u *usageError
	return errors.As(err, &u)
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
