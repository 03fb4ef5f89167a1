package main

import (
	"strings"
	"testing"
)

func TestLimitsAreBrokenBeyondNoise(t *testing.T) {
	quiet := []float64{100, 101, 99, 100}
	for _, c := range []struct {
		name   string
		r      result
		broken bool
	}{
		{"at most: held", result{wallet: []float64{119, 120, 121}, bare: quiet, most: 1.2}, false},
		{"at most: broken", result{wallet: []float64{129, 130, 131}, bare: quiet, most: 1.2}, true},
		{"at most: within the noise", result{wallet: []float64{80, 130, 180}, bare: quiet, most: 1.2}, false},
		{"at least: held", result{wallet: []float64{95, 91, 92}, bare: quiet, least: 0.9}, false},
		{"at least: broken", result{wallet: []float64{80, 81, 79}, bare: quiet, least: 0.9}, true},
		{"more: held", result{wallet: []float64{149, 150, 148}, bare: quiet, more: 50}, false},
		{"more: broken", result{wallet: []float64{160, 161, 162}, bare: quiet, more: 50}, true},
		{"no limit", result{wallet: []float64{1000}, bare: quiet}, false},
	} {
		if got := c.r.broken(); got != c.broken || strings.Contains(c.r.row(), "BROKEN") != c.broken {
			t.Errorf("%s: %t: %s", c.name, got, c.r.row())
		}
	}
}

func TestMiddle(t *testing.T) {
	if m := middle([]float64{9, 1, 5}); m != 5 {
		t.Errorf("of an odd number: %v", m)
	}
	if m := middle([]float64{4, 1, 9, 2}); m != 3 {
		t.Errorf("of an even number: %v", m)
	}
	if n := noise([]float64{1, 5, 9, 5, 6}); n != 1 {
		t.Errorf("noise %v", n)
	}
}
