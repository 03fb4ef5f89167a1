package app

import (
	"context"
	"fmt"

	"holdfast/journal"
	"holdfast/keystore"
)

// settledNotices tells what an earlier run was interrupted in and what this unlock made of it, so that nobody believes in an act that was undone.
func settledNotices(ctx context.Context, v *keystore.Vault) ([]Notice, error) {
	settled := v.Settled()
	if len(settled) == 0 {
		return nil, nil
	}
	events := make([]journal.Event, 0, len(settled))
	for _, s := range settled {
		events = append(events, journal.Event{Act: s.Act, Subject: s.Subject})
	}
	names, err := namesIn(ctx, v, events)
	if err != nil {
		return nil, err
	}
	return names.settled(settled, v.ID()), nil
}

// settled words each act once: a ceremony around an act is that act.
func (n eventNames) settled(list []keystore.Settled, vault string) []Notice {
	told := map[journal.Act]bool{}
	for _, s := range list {
		told[s.Act] = told[s.Act] || s.Subject != vault
	}
	var notices []Notice
	for _, s := range list {
		if s.Subject == vault && told[s.Act] {
			continue
		}
		told[s.Act] = true
		who := n.name(s.Subject)
		if s.Subject == vault || who == short(s.Subject) { // what was undone before it was there has no name
			who = ""
		}
		notices = append(notices, settledNotice(s, who))
	}
	return notices
}

// settledNotice says of one act what was made of it, and what is the case now.
func settledNotice(s keystore.Settled, who string) Notice {
	n := Notice{ID: "interrupted", Why: "undone"}
	if s.Finished {
		n.Why = "finished"
	}
	what := interruptedWords(s.Act, who)
	switch {
	case s.Finished:
		n.Text = fmt.Sprintf("%s was interrupted (%s), and has been finished now.", what, s.Time.Local().Format("2 January, 15:04"))
		n.Remedy = "Nothing is left to do; the journal tells it."
	default:
		n.Text = fmt.Sprintf("%s was interrupted (%s), and has been undone.", what, s.Time.Local().Format("2 January, 15:04"))
		n.Remedy = "Do it again if you still want it."
	}
	switch {
	case s.Act == journal.ActRevoke && !s.Finished && who != "":
		n.Text += " " + capital(who) + " still opens the vault."
		n.Remedy = "Revoke it again."
	case s.Act == journal.ActRevoke && !s.Finished:
		n.Text += " The key still opens the vault."
		n.Remedy = "Revoke it again."
	case s.Act == journal.ActEnrol && !s.Finished:
		n.Text += " The key opens nothing."
		n.Remedy = "Add it again."
	case s.Act == journal.ActEnrol && s.Finished:
		n.Remedy = "Prove the key, so that you know that it opens the vault."
	}
	return n
}

func interruptedWords(act journal.Act, who string) string {
	of := func(what, nobody string) string {
		if who == "" {
			return nobody
		}
		return what + " " + who
	}
	switch act {
	case journal.ActRevoke:
		return of("The revocation of", "A revocation")
	case journal.ActEnrol:
		return of("Adding", "Adding a key")
	case journal.ActShowWords:
		return "The showing of the 24 words"
	case journal.ActOpenBranch, journal.ActAcceptOlder:
		return "Accepting the state of the vault"
	case journal.ActMakeSuccession:
		return "The making of succession keys"
	case journal.ActSign:
		return of("Signing as", "Signing")
	case journal.ActBackup:
		return "A backup"
	default:
		return "An act (" + eventAct(journal.Event{Act: act}) + ")"
	}
}
