package token

import "context"

// watcher is one listener with a queue of its own, so that a slow one never holds the hub up.
type watcher struct {
	queue []Event       // guarded by Hub.mu
	more  chan struct{} // holds one when the queue is not empty
}

// Watch returns a channel of events: first an Arrived for each token that is present and a SourceDown for each source
// in trouble, then what happens. It closes when ctx ends. Events wait in a queue until they are read.
func (h *Hub) Watch(ctx context.Context) <-chan Event {
	w := &watcher{more: make(chan struct{}, 1)}
	h.mu.Lock()
	tokens, _, troubles, _ := h.snapshot()
	for _, t := range tokens {
		w.queue = append(w.queue, Event{Kind: Arrived, Token: t})
	}
	for _, err := range troubles {
		w.queue = append(w.queue, Event{Kind: SourceDown, Err: err})
	}
	w.signal()
	h.watchers[w] = true
	h.mu.Unlock()

	out := make(chan Event)
	go h.deliver(ctx, w, out)
	return out
}

func (h *Hub) deliver(ctx context.Context, w *watcher, out chan<- Event) {
	defer close(out)
	defer func() {
		h.mu.Lock()
		delete(h.watchers, w)
		h.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.more:
		}
		h.mu.Lock()
		batch := w.queue
		w.queue = nil
		h.mu.Unlock()
		for _, e := range batch {
			select {
			case <-ctx.Done():
				return
			case out <- e:
			}
		}
	}
}

func (w *watcher) signal() {
	select {
	case w.more <- struct{}{}:
	default:
	}
}

// emit hands an event to every watcher. h.mu is held.
func (h *Hub) emit(e Event) {
	for w := range h.watchers {
		w.queue = append(w.queue, e)
		w.signal()
	}
}
