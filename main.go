// Command holdfast is the wallet's window. Everything it does, holdfastctl does without one.
package main

import (
	"os"

	"holdfast/internal/attach"
)

// version is written by the linker.
var version = ""

func main() {
	attach.HelperMain() // does not return when this process was started to talk to a token
	os.Exit(start(os.Args[1:], os.Stdout, os.Stderr))
}
