package ui

import (
	"testing"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// shootIdentities draws what one does with identities.
func shootIdentities(t *testing.T, a look.Appearance, shot func(r *rig, name string)) {
	t.Helper()
	name := func(s string) string { return string(a) + "-identities-" + s }
	r, c := openCrowd(t, 100_000)
	r.app.Settings().SetTheme(look.NewTheme(a))
	c.fakeSession.mu.Lock()
	c.identities[1] = relation()
	c.fakeSession.mu.Unlock()
	r.Go(Route{Place: Identities})
	shot(r, name("many"))
	r.typing("nobody has this")
	shot(r, name("nothing"))
	r.Go(Route{Place: Identities, Item: relation().ID})
	shot(r, name("one"))
	r.press(tr("identity.qr"))
	shot(r, name("qr"))
	r.dialogs.Clear()
	r.Go(Route{Place: Identities, Item: c.identities[7].ID})
	shot(r, name("ended"))
	r.Go(Route{Place: Identities, Act: "new"})
	shot(r, name("new"))
	r.press(tr("newidentity.more"))
	shot(r, name("new-more"))
	find[*parts.Radio](r)[0].SetSelected(tr("newidentity.peer"))
	shot(r, name("new-peer"))
	r.Go(Route{Place: Identities, Act: "sign-file", Item: relation().ID})
	shot(r, name("sign-file"))
	r.Go(Route{Place: Identities, Act: "sign-text", Item: relation().ID})
	r.typing("I was here")
	r.press(tr("sign.sign"))
	shot(r, name("sign-text"))
	r.Go(Route{Place: Identities, Act: "verify"})
	shot(r, name("verify"))
	find[*parts.Radio](r)[0].SetSelected(tr("verify.text"))
	find[*parts.Entry](r)[0].SetText("garbage")
	r.press(tr("verify.verify"))
	shot(r, name("verify-bad"))
	c.fakeSession.mu.Lock()
	c.identities = []app.Identity{}
	c.fakeSession.mu.Unlock()
	r.found = nil
	r.Go(Route{Place: Identities})
	shot(r, name("none"))
}
