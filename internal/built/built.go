// Package built gives tests the programs that make has built for them, so that no test builds what another one has built already.
package built

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// HandedDown names the variable by which make says that it has built the programs, into build/bin of this module. Its value is a digest of what they
// hold: the go command keeps the result of a test that reads it until one of the programs changes.
const HandedDown = "HOLDFAST_PROGRAMS"

// Folder is where make builds the programs, below the module's own folder.
const Folder = "build/bin"

// The programs, by their places in the folder.
const (
	Wallet      = "holdfast"
	Journey     = "journey/holdfast" // the wallet that tells the journey what it shows
	Holdfastctl = "holdfastctl"
	Virtualkey  = "virtualkey"
	Keypanel    = "keypanel"
)

// sources are the arguments that the go command builds each program with.
var sources = map[string][]string{
	Wallet: {"holdfast"}, Journey: {"-tags", "journey", "holdfast"}, Holdfastctl: {"holdfast/cmd/holdfastctl"},
	Virtualkey: {"holdfast/cmd/virtualkey"}, Keypanel: {"holdfast/cmd/keypanel"},
}

// Programs puts the programs named into a folder outside the module and gives their paths, in the order of the names. What make has built is linked
// to there; where make handed nothing down, as when a test is run by hand, they are built.
func Programs(folder string, names ...string) ([]string, error) {
	root := ""
	if _, handed := os.LookupEnv(HandedDown); handed {
		var err error
		if root, err = moduleRoot(); err != nil {
			return nil, err
		}
	}
	var paths []string
	for _, name := range names {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := put(path, name, root); err != nil {
			return nil, fmt.Errorf("program %s: %w", name, err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// put links to what make has built below root, or builds it where that is empty. The link matters: the go command asks again for the time of every
// file inside the module that a test has looked at, and would forget results in each new checkout.
func put(path, name, root string) error {
	if root != "" {
		if err := os.Symlink(filepath.Join(root, Folder, filepath.FromSlash(name)), path); err != nil {
			return err
		}
		_, err := os.Stat(path)
		return err
	}
	args, ok := sources[name]
	if !ok {
		return errors.New("no program has this name")
	}
	return run(append([]string{"build", "-o", path}, args...)...)
}

// moduleRoot is the folder of this module. The go command is asked: what a test itself looks at there would count as its input.
func moduleRoot() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(mod))), nil
}

func run(args ...string) error {
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil { // #nosec G204 -- the arguments above
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
