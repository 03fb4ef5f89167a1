package main

import (
	"context"
	"strings"
	"time"

	"holdfast/token/virtual"
)

// state is what an emulated key says of itself.
type state struct {
	serial string
	gone   string // why it does not answer; "" while it does
	in     bool   // plugged in
	blinks bool   // something waits for a touch
}

// key is an emulated key and how to reach it.
type key struct {
	name   string
	socket string
	now    state // belongs to the UI thread
	show   func(state)
}

func newKey(name, socket string) *key { return &key{name: name, socket: socket} }

// askEvery is how often a key is asked: it must seem to blink at once.
const askEvery = 100 * time.Millisecond

// watch asks the key for its state until ctx ends, and shows what is new on the UI thread.
func (k *key) watch(ctx context.Context, do func(func())) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	var last state
	for first := true; ; first = false {
		now := k.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		if first || now != last {
			last = now
			do(func() { k.set(now) })
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (k *key) set(s state) {
	k.now = s
	if k.show != nil {
		k.show(s)
	}
}

// ask asks the key for its state.
func (k *key) ask(ctx context.Context) state {
	lines, err := virtual.Ask(ctx, k.socket, "status")
	if err != nil {
		return state{gone: err.Error()}
	}
	var s state
	for _, l := range lines {
		name, value, _ := strings.Cut(l, " ")
		switch name {
		case "serial":
			s.serial = value
		case "plugged":
			s.in = value == "true"
		case "waiting":
			s.blinks = value != "0"
		}
	}
	return s
}

// order gives the key an order beside the UI thread; failed is told on it what went wrong.
func (k *key) order(ctx context.Context, do func(func()), failed func(error), words ...string) {
	go func() {
		if _, err := virtual.Ask(ctx, k.socket, words...); err != nil && ctx.Err() == nil {
			do(func() { failed(err) })
		}
	}()
}
