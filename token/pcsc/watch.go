package pcsc

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"holdfast/token"
)

// lookAgain bounds one wait. PC/SC tells of readers that come or go only while somebody waits: one that came between
// listing and waiting would go unnoticed until the next change.
const lookAgain = 2 * time.Second

// Source watches the readers of the smart-card service for cards. It implements token.Source and talks to no card.
type Source struct{}

var _ token.Source = Source{}

// Watch implements token.Source: it reports a token of kind PIV for every reader with a card in it. Code NoService
// when the service does not run.
func (Source) Watch(ctx context.Context, report func([]token.Sighting)) error {
	c, err := Establish()
	if err != nil {
		return err
	}
	err = watch(ctx, c, report)
	_ = c.Close() // the service may be gone; why the watch ended says more
	return err
}

func watch(ctx context.Context, c *Context, report func([]token.Sighting)) error {
	for {
		states, err := c.ask(ctx)
		if err != nil {
			return err
		}
		known := map[string]uint32{}
		var present []token.Sighting
		for _, s := range states {
			known[s.Reader] = s.Event &^ StateChanged
			if s.Event&StatePresent != 0 && s.Event&StateMute == 0 {
				present = append(present, sighting(s))
			}
		}
		report(present)
		if err := c.waitForChange(ctx, known); err != nil {
			return err
		}
	}
}

// ask lists the readers and tells the state of each now.
func (c *Context) ask(ctx context.Context) ([]ReaderState, error) {
	for {
		readers, err := c.Readers()
		if err != nil || len(readers) == 0 {
			return nil, err
		}
		states := make([]ReaderState, len(readers))
		for i, r := range readers {
			states[i] = ReaderState{Reader: r, Current: StateUnaware}
		}
		err = c.Wait(ctx, states, lookAgain)
		if token.CodeOf(err) == token.Removed {
			continue // a reader left between listing and asking
		}
		return states, err
	}
}

// waitForChange returns when a reader's state differs from the known one, when readers come or go, and at the latest after
// lookAgain.
func (c *Context) waitForChange(ctx context.Context, known map[string]uint32) error {
	states := []ReaderState{{Reader: PlugAndPlay}}
	for reader, state := range known {
		states = append(states, ReaderState{Reader: reader, Current: state})
	}
	err := c.Wait(ctx, states, lookAgain)
	if token.CodeOf(err) == token.Removed {
		return nil // a reader left
	}
	return err
}

// sighting makes the token of a reader with a card. The count of insertions tells a card that was changed in between.
func sighting(s ReaderState) token.Sighting {
	return token.Sighting{
		Token: token.Token{ID: "piv:" + s.Reader, Kind: token.PIV, Reader: s.Reader, Name: readerTitle(s.Reader)},
		Mark:  uint64(s.Event >> 16),
	}
}

// readerIndex is what PC/SC appends to a reader's name: "(serial) 00 00".
var readerIndex = regexp.MustCompile(`( \[[^\]]*\])?( \([^)]*\))?( [0-9A-F]{2} [0-9A-F]{2})$`)

func readerTitle(reader string) string { return readerIndex.ReplaceAllString(reader, "") }

// Place names the place on the USB that a channel id tells, "" for other channels.
func Place(channelID uint32) string {
	if channelID>>16 != 0x0020 {
		return ""
	}
	return token.USBPlace(int(channelID>>8&0xff), int(channelID&0xff))
}

// ConnectPatiently connects like Connect, and while another program holds the card tries again until patience has passed. A short
// patience bridges the moment another act of this program takes to let go.
func (c *Context) ConnectPatiently(ctx context.Context, reader string, patience time.Duration) (*Card, error) {
	deadline := time.Now().Add(patience)
	for {
		card, err := c.Connect(reader)
		if err == nil || token.CodeOf(err) != token.Busy || time.Now().After(deadline) {
			return card, err
		}
		timer := time.NewTimer(25 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("waiting for the reader %q: %w", reader, ctx.Err())
		case <-timer.C:
		}
	}
}
