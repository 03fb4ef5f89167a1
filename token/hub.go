package token

import (
	"context"
	"errors"
	"sort"
	"sync"
	"time"
)

// Sighting is one token a source sees now. A token that was unplugged and plugged in again between two reports has
// another Mark.
type Sighting struct {
	Token Token
	Mark  uint64
}

// Source watches one way tokens are attached.
type Source interface {
	// Watch calls report with everything that is there now, and again with everything after each change. It returns
	// when ctx ends, or with an Error when it cannot watch (any longer). report is called from one goroutine.
	Watch(ctx context.Context, report func(present []Sighting)) error
}

// EventKind says what happened.
type EventKind string

// The events.
const (
	Arrived    EventKind = "arrived"     // a token is there; Event.Err when it would not say which it is
	Left       EventKind = "left"        // it is gone
	Changed    EventKind = "changed"     // more is known about it
	SourceDown EventKind = "source-down" // a source cannot watch: Event.Err says why
	SourceUp   EventKind = "source-up"   // it watches again
)

// Event is one thing that happened to the tokens.
type Event struct {
	Kind  EventKind
	Token Token // of Arrived, Left, Changed
	Err   error // of SourceDown, and of Arrived when the token would not say which it is
}

// Identify asks a token which physical key it is: it returns t with Name, Physical and Firmware filled in. NotPIV and
// NotFIDO2 mean that this is no token at all.
type Identify func(ctx context.Context, t Token) (Token, error)

const (
	identifyLimit = 3 * time.Second        // a frozen token is announced after this, without its name
	retryFirst    = 250 * time.Millisecond // after a source failed
	retryMost     = 4 * time.Second
)

// Hub turns what sources see into arrivals and departures. Make it with NewHub, run it with Run.
type Hub struct {
	identify Identify
	sources  []Source

	mu       sync.Mutex // guards everything below
	present  map[string]*entry
	reported map[int]bool  // sources that have reported or failed
	troubles map[int]error // sources that are down
	watchers map[*watcher]bool
	changed  chan struct{} // closed and replaced after each change
}

type entry struct {
	source    int
	mark      uint64
	token     Token
	pending   bool // identification runs
	announced bool
	unknown   bool               // it would not say which it is
	ask       func()             // identifies it
	cancel    context.CancelFunc // ends that
	left      chan struct{}
}

// NewHub makes a hub; identify may be nil when tokens need no questions.
func NewHub(identify Identify, sources ...Source) *Hub {
	if identify == nil {
		identify = func(_ context.Context, t Token) (Token, error) { return t, nil }
	}
	return &Hub{
		identify: identify, sources: sources,
		present: map[string]*entry{}, reported: map[int]bool{}, troubles: map[int]error{},
		watchers: map[*watcher]bool{}, changed: make(chan struct{}),
	}
}

// Run watches until ctx ends. Sources that fail are tried again.
func (h *Hub) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for i, s := range h.sources {
		wg.Go(func() { h.runSource(ctx, i, s) })
	}
	wg.Wait()
}

func (h *Hub) runSource(ctx context.Context, i int, s Source) {
	wait := retryFirst
	for ctx.Err() == nil {
		err := s.Watch(ctx, func(present []Sighting) {
			wait = retryFirst
			h.report(ctx, i, present)
		})
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			err = NewError(ServiceFailed, "", "a source of tokens stopped by itself")
		}
		h.down(ctx, i, err)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
		wait = min(2*wait, retryMost)
	}
	h.depart(i, nil)
}

// report takes a source's whole set.
func (h *Hub) report(ctx context.Context, source int, present []Sighting) {
	seen := make(map[string]uint64, len(present))
	for _, s := range present {
		seen[s.Token.ID] = s.Mark
	}
	h.depart(source, seen)

	h.mu.Lock()
	defer h.mu.Unlock()
	if h.troubles[source] != nil {
		delete(h.troubles, source)
		h.emit(Event{Kind: SourceUp})
	}
	h.reported[source] = true
	for _, s := range present {
		if h.present[s.Token.ID] == nil {
			h.admit(ctx, source, s)
		}
	}
	h.wake()
}

// admit starts to identify a new token. h.mu is held.
func (h *Hub) admit(ctx context.Context, source int, s Sighting) {
	ctx, cancel := context.WithCancel(ctx)
	e := &entry{source: source, mark: s.Mark, token: s.Token, pending: true, cancel: cancel, left: make(chan struct{})}
	e.ask = func() {
		asking, stop := context.WithTimeout(ctx, identifyLimit)
		defer stop()
		known, err := h.identify(asking, s.Token)
		if errors.Is(err, context.DeadlineExceeded) || (err != nil && asking.Err() == context.DeadlineExceeded) {
			err = NewError(Frozen, s.Token.Kind, "the token does not say which it is").Because(err)
		}
		h.identified(e, known, err)
	}
	h.present[s.Token.ID] = e
	go e.ask()
}

// askAgain identifies the tokens that would not say which they are: another program may have let go of them.
func (h *Hub) askAgain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.present {
		if e.unknown && !e.pending {
			e.pending = true
			go e.ask()
		}
	}
}

func (h *Hub) identified(e *entry, known Token, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.pending = false
	defer h.wake()
	if h.present[e.token.ID] != e {
		return // left meanwhile
	}
	if code := CodeOf(err); code == NotPIV || code == NotFIDO2 {
		return // a card or a device, but no token
	}
	if e.unknown = err != nil; !e.unknown {
		e.token = known
	}
	switch {
	case !e.announced:
		h.emit(Event{Kind: Arrived, Token: e.token, Err: err})
	case !e.unknown:
		h.emit(Event{Kind: Changed, Token: e.token})
	}
	e.announced = true
	h.joinSides()
}

// joinSides gives the serial number of one side to the other side of the same key, told by the place both are
// plugged in. h.mu is held.
func (h *Hub) joinSides() {
	serials := map[string]Token{}
	for _, e := range h.present {
		if e.announced && e.token.Physical != "" && e.token.Place != "" {
			serials[e.token.Place] = e.token
		}
	}
	for _, e := range h.present {
		other, ok := serials[e.token.Place]
		if ok && e.announced && e.token.Physical == "" {
			e.token.Physical, e.token.Name = other.Physical, other.Name
			h.emit(Event{Kind: Changed, Token: e.token})
		}
	}
}

// Learn tells the hub what somebody found out about a token that is present. What is about another one, which took its place meanwhile, is not
// learnt: the source tells of that.
func (h *Hub) Learn(t Token) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.present[t.ID]
	if e == nil || !e.announced || e.token == t || e.token.Physical != "" && e.token.Physical != t.Physical {
		return
	}
	e.token, e.unknown = t, false
	h.emit(Event{Kind: Changed, Token: t})
	h.joinSides()
	h.wake()
}

// depart removes a source's tokens that are not in seen with the same mark.
func (h *Hub) depart(source int, seen map[string]uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, e := range h.present {
		mark, still := seen[id]
		if e.source != source || (still && mark == e.mark) {
			continue
		}
		delete(h.present, id)
		e.cancel()
		close(e.left)
		if e.announced {
			h.emit(Event{Kind: Left, Token: e.token})
		}
	}
	h.wake()
}

func (h *Hub) down(ctx context.Context, source int, err error) {
	h.depart(source, nil)
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	h.reported[source] = true
	if old := h.troubles[source]; old == nil || CodeOf(old) != CodeOf(err) {
		h.emit(Event{Kind: SourceDown, Err: err})
	}
	h.troubles[source] = err
	h.wake()
}

// List waits until every source has looked and every token found has said which it is (or would not; those are asked
// again), and returns the tokens by ID. The error joins the sources' troubles (Code NoService without the smart-card service): the
// tokens are valid beside it. When ctx ends first, it returns what is known and the context's error.
func (h *Hub) List(ctx context.Context) ([]Token, error) {
	h.askAgain()
	for {
		h.mu.Lock()
		tokens, pending, troubles, changed := h.snapshot()
		h.mu.Unlock()
		if !pending {
			return tokens, errors.Join(troubles...)
		}
		select {
		case <-ctx.Done():
			return tokens, ctx.Err()
		case <-changed:
		}
	}
}

// snapshot copies what List needs. h.mu is held.
func (h *Hub) snapshot() (tokens []Token, pending bool, troubles []error, changed chan struct{}) {
	pending = len(h.reported) < len(h.sources)
	for _, e := range h.present {
		pending = pending || e.pending
		if e.announced {
			tokens = append(tokens, e.token)
		}
	}
	sort.Slice(tokens, func(i, j int) bool { return tokens[i].ID < tokens[j].ID })
	for i := range h.sources {
		if h.troubles[i] != nil {
			troubles = append(troubles, h.troubles[i])
		}
	}
	return tokens, pending, troubles, h.changed
}

// Find returns the token with this ID, if it is present.
func (h *Hub) Find(id string) (Token, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.present[id]
	if e == nil || !e.announced {
		return Token{}, false
	}
	return e.token, true
}

// Left returns a channel that closes when the token with this ID leaves; one that is closed when it is not there.
func (h *Hub) Left(id string) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e := h.present[id]; e != nil {
		return e.left
	}
	gone := make(chan struct{})
	close(gone)
	return gone
}

// wake lets every List look again. h.mu is held.
func (h *Hub) wake() {
	close(h.changed)
	h.changed = make(chan struct{})
}
