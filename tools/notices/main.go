// Program notices writes the licences of what is in Holdfast's programs and is not Holdfast's own: as a file for
// people, THIRD_PARTY_NOTICES, and as Debian's machine-readable copyright file. It reads what the go command links into
// the programs, and the licences from the sources of that, as they lie in the module cache. A licence that nobody has
// allowed is an error.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

// run writes the notices of the programs in the current module to out.
func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("notices", flag.ContinueOnError)
	debian := flags.Bool("debian", false, "write Debian's copyright file instead")
	if err := flags.Parse(args); err != nil {
		return err
	}
	linked, err := modules(".")
	if err != nil {
		return err
	}
	parts, err := read(linked)
	if err != nil {
		return err
	}
	write := notices
	if *debian {
		write = copyright
	}
	var all bytes.Buffer
	write(&all, parts)
	_, err = out.Write(all.Bytes())
	return err
}

// read finds the licences of modules, and of what is in them or beside them without being one.
func read(linked []module) ([]part, error) {
	parts, err := goParts()
	if err != nil {
		return nil, err
	}
	var wrong []error
	for _, m := range linked {
		p, err := partOf(m)
		if err != nil {
			wrong = append(wrong, err)
		}
		parts = append(parts, p)
	}
	return append(parts, ownParts()...), errors.Join(wrong...)
}
