package main

import (
	"fmt"
	"slices"
)

// result is one thing measured several times, of the wallet and of the bare window.
type result struct {
	what         string
	unit         string
	wallet, bare []float64
	most         float64 // the wallet's share of the bare window at most; 0 sets no such limit
	least        float64 // the same at least
	more         float64 // what the wallet may have more than the bare window, in units; 0 sets no such limit
	step         float64 // the least difference that the measure tells apart, in units
}

// middle is the median.
func middle(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// noise is how far the measurements are from their median, in the median.
func noise(list []float64) float64 {
	m := middle(list)
	away := make([]float64, len(list))
	for i, x := range list {
		away[i] = max(x-m, m-x)
	}
	return middle(away)
}

// beyond is by how much the limit is passed, in units; below 0 it is held.
func (r result) beyond() float64 {
	wallet, bare := middle(r.wallet), middle(r.bare)
	switch {
	case r.most > 0:
		return wallet - r.most*bare
	case r.least > 0:
		return r.least*bare - wallet
	case r.more > 0:
		return wallet - bare - r.more
	default:
		return 0
	}
}

// over reports whether the limit is passed.
func (r result) over() bool { return r.beyond() > 0 }

// broken reports whether a limit is passed by more than the noise of both and what the measure tells apart.
func (r result) broken() bool { return r.beyond() > noise(r.wallet)+noise(r.bare)+r.step }

// heading names the columns of the table that the rows of results stand in.
const heading = "\twallet\tbare\tcompared\tlimit\tverdict\t\n"

// row is the result as a row of the table.
func (r result) row() string {
	wallet, bare := middle(r.wallet), middle(r.bare)
	compared, limit, verdict := "", "", ""
	switch {
	case r.most > 0:
		compared, limit = fmt.Sprintf("%.2fx", wallet/bare), fmt.Sprintf("at most %.1fx", r.most)
	case r.least > 0:
		compared, limit = fmt.Sprintf("%.2fx", wallet/bare), fmt.Sprintf("at least %.1fx", r.least)
	case r.more > 0:
		compared, limit = fmt.Sprintf("%+.1f %s", wallet-bare, r.unit), fmt.Sprintf("at most %+.0f %s", r.more, r.unit)
	}
	switch {
	case limit == "":
	case r.broken():
		verdict = "BROKEN"
	case r.over():
		verdict = "within the noise"
	default:
		verdict = "held"
	}
	return fmt.Sprintf("%s\t%.1f ±%.1f %s\t%.1f ±%.1f %s\t%s\t%s\t%s\t\n", r.what, wallet, noise(r.wallet), r.unit, bare, noise(r.bare), r.unit, compared, limit, verdict)
}
