// Command holdfastctl is the wallet without a window: it makes and opens vaults, enrols and revokes tokens, makes and uses identities, backs up
// and recovers.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"holdfast/internal/attach"
	"holdfast/internal/secret"
)

// The exit codes.
const (
	exitDone    = 0
	exitRefused = 1 // refused or failed
	exitUsage   = 2
)

func main() {
	attach.HelperMain() // does not return when this process was started to talk to a token
	os.Exit(start())
}

func start() int {
	if err := secret.Harden(); err != nil {
		fmt.Fprintf(os.Stderr, "holdfastctl: This process cannot be closed to others: %v. Nothing was done. Run it on a system that allows this.\n", err)
		return exitRefused
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return run(ctx, os.Args[1:], processEnvironment())
}
