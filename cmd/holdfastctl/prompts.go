package main

import (
	"context"
	"fmt"

	"holdfast/app"
	"holdfast/internal/secret"
)

// prompts lends the keystore this program's ways to ask the person.
func (c *ctl) prompts() app.Prompts { return app.Prompts{PIN: c.askPIN, Touch: c.askTouch} }

// askPIN says which PIN and how many tries are left, wants the last try to be agreed to, and takes the PIN from the descriptor or the terminal.
func (c *ctl) askPIN(ctx context.Context, r app.PINRequest) (*secret.Bytes, error) {
	c.screen.say(event{Event: "pin", Text: pinText(r), Token: r.Token, Act: string(r.Which)})
	if r.LastTry() && !c.flags.lastTry {
		if err := c.agreeToLastTry(ctx, r); err != nil {
			return nil, err
		}
	}
	pin, err := c.pin(ctx, r)
	if err != nil {
		return nil, err
	}
	if chosen := app.NewPIN(r.Which) && c.pins == nil; chosen {
		return pin, nil // who chooses is asked again by whoever knows the token's rules
	}
	if r.Min > 0 && pin.Len() < r.Min || r.Max > 0 && pin.Len() > r.Max {
		pin.Destroy()
		return nil, app.ErrPINLength
	}
	return pin, nil
}

func pinText(r app.PINRequest) string {
	text := fmt.Sprintf("%s of %s", app.PINName(r.Which), r.Token)
	switch {
	case app.NewPIN(r.Which):
		text = fmt.Sprintf("%s: %d to %d characters", text, r.Min, r.Max)
		if again := app.AgainWords(r.Again); again != "" {
			text += "; " + again
		}
		return text
	case r.TriesLeft < 0:
		return text + ": the token does not say how many tries are left"
	case r.TriesLeft == 1:
		return text + ": this is the last try"
	default:
		return fmt.Sprintf("%s: %d tries left", text, r.TriesLeft)
	}
}

func (c *ctl) agreeToLastTry(ctx context.Context, r app.PINRequest) error {
	last := &app.LastTryError{Which: r.Which, Token: r.Token}
	if c.pins != nil {
		return last
	}
	t, err := c.env.tty()
	if err != nil {
		return last
	}
	defer c.let(t)
	if err := t.agreed(ctx, fmt.Sprintf("A wrong answer blocks the %s of %s.", app.PINName(r.Which), r.Token)); err != nil {
		return fmt.Errorf("%w: %w", last, err)
	}
	return nil
}

// pin takes the PIN from where the person gives it.
func (c *ctl) pin(ctx context.Context, r app.PINRequest) (*secret.Bytes, error) {
	if c.pins != nil {
		return c.pins.take(ctx, string(r.Which), app.ErrNoPIN)
	}
	t, err := c.env.tty()
	if err != nil {
		return nil, err
	}
	defer c.let(t)
	prompt := fmt.Sprintf("%s of %s: ", app.PINName(r.Which), r.Token)
	pin, err := t.hidden(ctx, prompt, maxSecret)
	if err != nil || !app.NewPIN(r.Which) {
		return pin, err
	}
	again, err := t.hidden(ctx, "The same again: ", maxSecret)
	if err != nil {
		pin.Destroy()
		return nil, err
	}
	defer again.Destroy()
	if !pin.Equal(again) {
		pin.Destroy()
		return nil, app.ErrPINsDiffer
	}
	return pin, nil
}

// askTouch counts the touches of an act aloud.
func (c *ctl) askTouch(_ context.Context, r app.TouchRequest) (done func()) {
	text := "Touch " + r.Token
	if r.Of > 1 {
		text += fmt.Sprintf(" (%d of %d)", r.Number, r.Of)
	}
	text += ": " + app.ActWords(r.Act)
	if r.Identity != "" {
		text += " for " + r.Identity
	}
	c.screen.say(event{Event: "touch", Text: text, Token: r.Token, Act: r.Act, Touch: r.Number, Of: r.Of})
	return func() {}
}

// let gives a terminal back.
func (c *ctl) let(t *terminal) {
	if err := t.Close(); err != nil {
		c.screen.failed(err)
	}
}

// step says what a longer act is doing now.
func (c *ctl) step(s app.Step) {
	if s.ID != c.stepID || s.Total == 0 {
		c.stepID, c.stepBar = s.ID, c.progressOf("... "+app.StepWords(s.ID))
	}
	switch {
	case s.Total > 0:
		c.stepBar.at(int64(s.Done), int64(s.Total))
	case c.flags.progress || c.screen.terminal:
		c.screen.say(event{Event: "step", Text: "... " + app.StepWords(s.ID)})
	}
}

// waiter says what token is awaited; nil when nothing is waited for.
func (c *ctl) waiter() app.WaitFor {
	if !c.flags.wait && !c.screen.terminal {
		return nil
	}
	return func(want error) {
		c.screen.say(event{Event: "waiting", Text: app.Explain(want).What + " Plug it in; Ctrl-C ends the wait."})
	}
}
