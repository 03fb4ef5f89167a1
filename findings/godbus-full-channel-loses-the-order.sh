#!/bin/sh
# godbus keeps every signal and not their order, once the channel is full.
#
# Expected: D-Bus keeps the order of one sender's messages. A slow reader of a full channel either holds the connection
#   up or loses signals, which is what Go programs know from os/signal.
# Happens: the default handler starts a goroutine for each signal that does not fit at once, and those race: all arrive,
#   in some other order. With a channel of one place and a reader that is busy for a moment, "going to sleep" and "awake
#   again" change places.
# Meaning: a program to which order matters hands NewSequentialSignalHandler to the connection (WithSignalHandler).
# Versions: github.com/godbus/dbus/v5 v5.2.2.
# Source: default_handler.go, signalChannelData.deliver; sequential_handler.go.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// handler is what both of the library's handlers are: a connection hands signals in, a program registers a channel.
type handler interface {
	dbus.SignalHandler
	dbus.SignalRegistrar
}

func main() {
	show("default", func() handler { return dbus.NewDefaultSignalHandler() })
	show("sequential", func() handler { return dbus.NewSequentialSignalHandler().(handler) })
}

// show delivers 200 numbered signals, 20 times, to a reader that starts when all are delivered.
func show(name string, create func() handler) {
	lost := false
	for range 20 {
		h, signals := create(), make(chan *dbus.Signal, 1)
		h.AddSignal(signals)
		for i := range 200 {
			h.DeliverSignal("org.example", "Step", &dbus.Signal{Body: []any{i}})
		}
		time.Sleep(10 * time.Millisecond)
		for received, last := 0, -1; received < 200; received++ {
			i := (<-signals).Body[0].(int)
			lost = lost || i < last
			last = i
		}
	}
	fmt.Printf("%s handler: every signal arrived, order lost: %v\n", name, lost)
}
END
cat >expected <<'END'
default handler: every signal arrived, order lost: true
sequential handler: every signal arrived, order lost: false
END
go mod init finding
go get github.com/godbus/dbus/v5@v5.2.2
go run . >seen
diff expected seen
