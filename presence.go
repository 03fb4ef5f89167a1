//go:build !journey

package main

import (
	"flag"

	"holdfast/app"
	"holdfast/internal/attach/logind"
)

// presenceFlags gives what hears that the machine sleeps: this machine's own, which nothing that is started with can change.
func presenceFlags(*flag.FlagSet) func() app.Presences {
	return func() app.Presences { return logind.System() }
}
