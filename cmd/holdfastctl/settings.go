package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"holdfast/app"
)

func (c *ctl) settingsCommand() *cobra.Command {
	list := c.settingsList("settings")
	list.Long = `Show or change when the open vault locks by itself. The settings are kept in the vault: the window and 'holdfastctl shell' both keep them.
What tightens them is done at once; what loosens them takes a touch of a security key that opens the vault. When the computer sleeps or the
screen is locked the vault locks whatever is set here.`
	list.AddCommand(c.settingsList("list"), c.settingsSet())
	return list
}

func (c *ctl) settingsList(use string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: "Show when the open vault locks by itself", Args: exactly(0),
		Example: "  holdfastctl settings --json\n  holdfastctl settings set lock-after 2m\n  holdfastctl settings set lock-with-key no",
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			var r settingsResult
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				l, err := s.Locking(ctx)
				r = settingsOf(l)
				return err
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
}

func (c *ctl) settingsSet() *cobra.Command {
	return &cobra.Command{
		Use: "set NAME VALUE", Short: "Change when the open vault locks by itself",
		Long: `Change a setting: 'lock-after' to a time without an act (10s to 24h, or never), 'lock-with-key' to yes or no: whether unplugging the key that
opened the vault locks it. Loosening takes a touch.`,
		Example: "  holdfastctl settings set lock-after 10m\n  holdfastctl settings set lock-after never\n  holdfastctl settings set lock-with-key yes",
		Args:    exactly(2),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			change, err := settingOf(args[0], args[1])
			if err != nil {
				return nil, err
			}
			var r settingsResult
			err = c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				l, err := s.Locking(ctx)
				if err != nil {
					return err
				}
				change(&l)
				r = settingsOf(l)
				return s.SetLocking(ctx, l, c.waiter(), c.prompts())
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
}

// settingOf reads a setting's name and value.
func settingOf(name, value string) (func(*app.Locking), error) {
	switch name {
	case "lock-after":
		var d time.Duration
		if value != "never" {
			var err error
			if d, err = time.ParseDuration(value); err != nil || d <= 0 {
				return nil, usagef("lock-after %q: a time such as 90s, 5m or 2h, or never", value)
			}
		}
		return func(l *app.Locking) { l.Idle = d }, nil
	case "lock-with-key":
		if value != "yes" && value != "no" {
			return nil, usagef("lock-with-key %q: yes or no", value)
		}
		return func(l *app.Locking) { l.WithToken = value == "yes" }, nil
	default:
		return nil, usagef("setting %q: lock-after or lock-with-key", name)
	}
}

type settingsResult struct {
	LockAfter   int  `json:"lockAfterSeconds"` // 0 never
	LockWithKey bool `json:"lockWithKey"`
}

func settingsOf(l app.Locking) settingsResult {
	return settingsResult{LockAfter: int(l.Idle / time.Second), LockWithKey: l.WithToken}
}

func (r settingsResult) text(p *page) {
	p.line("lock-after     %s", choose(r.LockAfter == 0, "never", app.Duration(time.Duration(r.LockAfter)*time.Second)))
	p.line("lock-with-key  %s", yesNo(r.LockWithKey))
}
