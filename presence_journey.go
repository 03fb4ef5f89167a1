//go:build journey

package main

import (
	"flag"

	"holdfast/app"
	"holdfast/internal/attach/logind"
)

// presenceFlags lets a journey bring a bus of its own, on which it plays the machine's sleep. No release is built with this tag.
func presenceFlags(f *flag.FlagSet) func() app.Presences {
	bus := f.String("journey-bus", "", "hear of sleep and of the locked screen on the bus at `ADDRESS` instead of the system's")
	return func() app.Presences {
		if *bus == "" {
			return logind.System()
		}
		return logind.At(*bus)
	}
}
