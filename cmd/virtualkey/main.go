// Virtualkey is an emulated security key as a program, and a bench of several
// behind a private pcscd. It is for tests and demonstrations only.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"holdfast/token/virtual"
	"holdfast/token/virtual/body"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: 0 done, 1 failed, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root := command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	usage := true
	root.PersistentPreRun = func(*cobra.Command, []string) { usage = false }
	if err := root.ExecuteContext(ctx); err != nil {
		if _, failed := fmt.Fprintf(stderr, "virtualkey: %v\n", err); failed != nil || !usage {
			return 1
		}
		return 2
	}
	return 0
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "virtualkey",
		Short:         "An emulated security key, for tests and demonstrations",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(runCommand(), ctlCommand(), benchCommand(), insideCommand())
	return root
}

func runCommand() *cobra.Command {
	var o virtual.Options
	c := &cobra.Command{
		Use:   "run",
		Short: "Be one key until the end of the process",
		Long: "Be one key until the end of the process. Its smart-card side goes into the\n" +
			"virtual reader at --vpcd, its FIDO2 side behind the symbolic link --hid. When\n" +
			"both can be reached, \"ready\" is printed.\n\n" + body.MakeUsage,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var printed error
			ready := func() { _, printed = fmt.Fprintln(c.OutOrStdout(), "ready") }
			return errors.Join(virtual.Run(c.Context(), o, ready), printed)
		},
	}
	c.Flags().StringVar(&o.State, "state", "", "folder that keeps the key's state")
	c.Flags().Uint32Var(&o.Serial, "serial", 0, "serial number (a new key: 1)")
	c.Flags().StringVar(&o.Firmware, "firmware", "", "firmware to report (a new key: 5.7.1)")
	c.Flags().StringVar(&o.Make, "make", "", "make of the key, for ever (a new key: yubikey)")
	c.Flags().StringVar(&o.VPCD, "vpcd", "", "HOST:PORT of the virtual reader's driver")
	c.Flags().StringVar(&o.HID, "hid", "", "symbolic link to make to the FIDO2 side")
	c.Flags().StringVar(&o.Control, "control", "", "Unix socket to take orders on")
	c.Flags().StringVar(&o.Authority, "authority", "", "folder of the attestation authority (the state folder)")
	c.Flags().StringVar(&o.Trace, "trace", "", "file to append all APDUs to, with their PINs")
	c.Flags().BoolVar(&o.Touched, "touched", false, "begin with automatic touch")
	if err := c.MarkFlagRequired("state"); err != nil {
		panic(err) // the flag is made above
	}
	return c
}

func ctlCommand() *cobra.Command {
	var socket string
	c := &cobra.Command{
		Use:   "ctl --control SOCKET ORDER...",
		Short: "Give one order to a running key, or to a bench",
		Long:  "Give one order to a running key, or to a bench. A key takes:\n\n" + virtual.Usage,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, words []string) error {
			lines, err := virtual.Ask(c.Context(), socket, words...)
			if len(lines) > 0 {
				if _, err := fmt.Fprintln(c.OutOrStdout(), strings.Join(lines, "\n")); err != nil {
					return err
				}
			}
			return err
		},
	}
	c.Flags().StringVar(&socket, "control", "", "Unix socket of the key or the bench")
	if err := c.MarkFlagRequired("control"); err != nil {
		panic(err) // the flag is made above
	}
	return c
}
