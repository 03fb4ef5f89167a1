package main

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// operation is what a test reads of a line in an emulated key's own record.
type operation struct {
	Name   string   `json:"name"`
	Slot   string   `json:"slot"`
	Salts  []string `json:"salts"`
	PIN    bool     `json:"pin"`
	Touch  bool     `json:"touch"`
	Result string   `json:"result"`
}

// cmdTiers holds a key's own record, since its reset, to "one touch, one tier": each use of a key or a credential has its own PIN and its own
// touch and at most one salt, and what was used is exactly what the script names: slots in order of use, or how many different salts.
//
//	tiers NAME touches=N [slots=82,83,82] [salts=N]
func cmdTiers(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) < 2 {
		ts.Fatalf("usage: tiers NAME touches=N [slots=82,83] [salts=N]")
	}
	uses := usesOf(ts, args[0])
	var slots, salts []string
	for _, o := range uses {
		if !o.PIN || !o.Touch || len(o.Salts) > 1 {
			ts.Fatalf("a use without a PIN and a touch of its own, or with two salts: %+v", o)
		}
		if o.Slot != "" {
			slots = append(slots, o.Slot)
		}
		for _, s := range o.Salts {
			if !slices.Contains(salts, s) {
				salts = append(salts, s)
			}
		}
	}
	got := map[string]string{"touches": strconv.Itoa(len(uses)), "slots": strings.Join(slots, ","), "salts": strconv.Itoa(len(salts))}
	for _, a := range args[1:] {
		name, want, _ := strings.Cut(a, "=")
		if value, known := got[name]; !known || value != want {
			ts.Fatalf("%s: %q, want %q; uses %+v", name, value, want, uses)
		}
	}
}

// usesOf reads the operations that exercised a key or a credential and succeeded.
func usesOf(ts *testscript.TestScript, key string) (uses []operation) {
	th := benchHere(ts)
	ctx, cancel := context.WithTimeout(th.ctx, patienceWithBench)
	defer cancel()
	lines, err := th.bench.Key(ctx, key, "log")
	ts.Check(err)
	for _, line := range lines {
		var o operation
		ts.Check(json.Unmarshal([]byte(line), &o))
		done := o.Result == "9000" || o.Result == "0x00"
		if done && (o.Name == "general authenticate" && o.Slot != "" && o.Slot != "9b" || o.Name == "getAssertion" || o.Name == "makeCredential") {
			uses = append(uses, o)
		}
	}
	if len(lines) == 0 {
		ts.Fatalf("the record of %s is empty", key)
	}
	return uses
}
