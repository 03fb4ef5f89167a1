// Program peers lets other people's programs judge what is ours, and make what we then judge. It asks each of them the
// task that the tests hold their recordings to, and writes what each said into the testdata of the package that was
// judged. It fetches nothing: see scripts/peers.sh.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"holdfast/tools/peers/inputs"
	"holdfast/tools/peers/recording"
)

func main() {
	node := flag.String("node", "node", "`program` of Node, 20 or newer")
	scripts := flag.String("scripts", "build/peers/node", "`folder` of the scripts that Node runs, with what they import")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := ask(ctx, *node, *scripts, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// ask asks every peer and writes what it said. It is called in the project's folder.
func ask(ctx context.Context, node, scripts string, out io.Writer) error {
	statements, err := inputs.Statements()
	if err != nil {
		return err
	}
	peerDIDs, err := inputs.PeerDIDs(os.DirFS("."))
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name    string
		program []string
		task    recording.Task
		dir     string
	}{
		{"go-jose", []string{"go", "-C", "tools/peers/gojose", "run", "."}, statements, "did/statement/testdata/peers"},
		{"jose", []string{node, filepath.Join(scripts, "jose.mjs")}, statements, "did/statement/testdata/peers"},
		{"credo", []string{node, filepath.Join(scripts, "credo.mjs")}, peerDIDs, "did/peer/testdata/peers"},
	} {
		said, err := run(ctx, p.program, p.task)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if said.Peer != p.name {
			return fmt.Errorf("%s: %q answered", p.name, said.Peer)
		}
		if err := recording.Write(p.dir, said, p.task); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s %s (%s): asked to judge %d and to make %d\n",
			said.Peer, said.Version, said.Runtime, len(said.Judged), len(said.Made))
		if err != nil {
			return err
		}
	}
	return nil
}

// run hands a task to a peer's program and reads what it said.
func run(ctx context.Context, program []string, task recording.Task) (said recording.Recording, err error) {
	text, err := json.Marshal(task)
	if err != nil {
		return said, err
	}
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		return said, err
	}
	err = json.Unmarshal(answer, &said)
	return said, err
}
