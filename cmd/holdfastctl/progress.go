package main

import (
	"fmt"
	"sync"
	"time"
)

// progress tells how far a longer act has come: after its first second, on a terminal or when asked for.
type progress struct {
	screen *screen
	what   string
	shown  bool // it may show anything at all
	every  time.Duration

	mu   sync.Mutex
	next time.Time // guarded by mu
}

// progressOf starts the clock of a longer act.
func (c *ctl) progressOf(what string) *progress {
	p := &progress{screen: c.screen, what: what, shown: c.flags.progress || c.screen.terminal, every: time.Second, next: time.Now().Add(time.Second)}
	if c.screen.terminal && !c.screen.json {
		p.every = 200 * time.Millisecond
	}
	return p
}

// at says that done of total are done; total 0 says that nobody knows how many there are.
func (p *progress) at(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.shown || now.Before(p.next) {
		return
	}
	p.next = now.Add(p.every)
	text := fmt.Sprintf("%s: %d", p.what, done)
	if total > 0 {
		text = fmt.Sprintf("%s: %d of %d (%d %%)", p.what, done, total, done*100/total)
	}
	if p.screen.terminal && !p.screen.json {
		p.screen.over(text)
		return
	}
	p.screen.say(event{Event: "progress", Text: text, Done: &done, Total: total})
}
