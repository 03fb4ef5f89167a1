package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"holdfast/token/virtual/pcscd"
)

func benchCommand() *cobra.Command {
	var o pcscd.Options
	c := &cobra.Command{
		Use:   "bench --dir DIR",
		Short: "Run a private pcscd with virtual readers, and keys in them",
		Long: "Run a private pcscd with virtual readers, and keys in them, until the end of\n" +
			"the process. When everything can be reached, \"ready\" is printed and the file\n" +
			"DIR/ready is there. Programs find this pcscd by the environment variable\n" +
			"PCSCLITE_CSOCK_NAME=DIR/run/pcscd.comm, and a key's FIDO2 side at DIR/NAME.hid.\n" +
			"Keys take orders at DIR/NAME.sock, the bench at DIR/bench.sock:\n\n" + pcscd.Usage,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			program, err := os.Executable()
			if err != nil {
				return err
			}
			o.Program = program
			return pcscd.Outside(c.Context(), o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	benchFlags(c, &o)
	return c
}

// insideCommand is the bench inside its room; only bench starts it.
func insideCommand() *cobra.Command {
	var o pcscd.Options
	c := &cobra.Command{
		Use:    pcscd.InsideCommand,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			program, err := os.Executable()
			if err != nil {
				return err
			}
			o.Program = program
			var printed error
			ready := func() { _, printed = fmt.Fprintln(c.OutOrStdout(), "ready") }
			if err := pcscd.Inside(c.Context(), o, c.InOrStdin(), ready); err != nil {
				return err
			}
			return printed
		},
	}
	benchFlags(c, &o)
	return c
}

func benchFlags(c *cobra.Command, o *pcscd.Options) {
	c.Flags().StringVar(&o.Dir, "dir", "", "folder for everything; keep the path short")
	c.Flags().IntVar(&o.Readers, "readers", 0, "number of readers (as many as keys, at least 3)")
	c.Flags().IntVar(&o.Keys, "keys", 0, "number of keys to start at once: key1, key2, ...")
	c.Flags().Uint32Var(&o.Serial, "serial", 0, "serial number of the first key (10000001)")
	c.Flags().StringVar(&o.Firmware, "firmware", "", "firmware that new keys report")
	c.Flags().StringVar(&o.Make, "make", "", "make of new keys, as \"run\" takes it (yubikey)")
	c.Flags().StringArrayVar(&o.ReaderNames, "reader-name", nil, "name of the first reader, of the next (a YubiKey's)")
	c.Flags().StringVar(&o.Driver, "driver", "", "path of libifdvpcd.so")
	c.Flags().BoolVar(&o.Touched, "touched", false, "keys begin with automatic touch")
	c.Flags().BoolVar(&o.SmartCardOnly, "smart-card-only", false, "keys have no FIDO2 side")
	if err := c.MarkFlagRequired("dir"); err != nil {
		panic(err) // the flag is made above
	}
}
