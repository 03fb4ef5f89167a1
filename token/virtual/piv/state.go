package piv

import (
	"fmt"
	"maps"
	"slices"
)

// stateName is what the body keeps the state under.
const stateName = "piv"

// state is what the card keeps without power. The emulated key keeps it in the
// clear: it is for tests and demonstrations.
type state struct {
	PIN        reference          `json:"pin"`
	PUK        reference          `json:"puk"`
	Management managementKey      `json:"management"`
	Slots      map[string]slotKey `json:"slots"`   // by slot in hex
	Objects    map[string][]byte  `json:"objects"` // by tag in hex
}

// factoryState is a card as it leaves the factory, with the attestation key and
// its certificate of the one before.
func (c *Card) factoryState(old state) state {
	s := state{
		PIN:        reference{factoryPIN, factoryTries, factoryTries},
		PUK:        reference{factoryPUK, factoryTries, factoryTries},
		Management: c.factoryManagementKey(),
		Slots:      map[string]slotKey{},
		Objects:    map[string][]byte{},
	}
	if key, found := old.Slots[slotName(slotAttestation)]; found {
		s.Slots[slotName(slotAttestation)] = key
	}
	if cert, found := old.Objects[objectName(objectAttestation)]; found {
		s.Objects[objectName(objectAttestation)] = cert
	}
	return s
}

// manufacture makes the state of a new card.
func (c *Card) manufacture() error {
	c.state = c.factoryState(state{})
	if attests(c.body.Make()) {
		if err := c.installAttestation(); err != nil {
			return err
		}
	}
	return c.save()
}

func (c *Card) save() error { return c.body.Save(stateName, c.state) }

// check refuses a state that later steps could not work with.
func (s state) check() error {
	for _, r := range []reference{s.PIN, s.PUK} {
		if len(r.Value) != pinLength || r.Left < 0 || r.Left > r.Total || r.Total > 255 {
			return fmt.Errorf("key state %q: a PIN or PUK is malformed", stateName)
		}
	}
	if _, err := s.Management.block(); err != nil {
		return fmt.Errorf("key state %q: management key: %w", stateName, err)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Slots)) {
		if _, err := s.Slots[name].private(); err != nil {
			return fmt.Errorf("key state %q: slot %s: %w", stateName, name, err)
		}
	}
	return nil
}

// Tries tells the tries left and the total of the PIN, or of the PUK.
func (c *Card) Tries(puk bool) (left, total int) {
	c.body.Lock()
	defer c.body.Unlock()
	r := c.reference(puk)
	return r.Left, r.Total
}

// SetTries sets the tries left of the PIN, or of the PUK: 0 to its total.
func (c *Card) SetTries(puk bool, left int) error {
	c.body.Lock()
	defer c.body.Unlock()
	r := c.reference(puk)
	if left < 0 || left > r.Total {
		return fmt.Errorf("tries %d: want 0 to %d", left, r.Total)
	}
	r.Left = left
	return c.save()
}

func (c *Card) reference(puk bool) *reference {
	if puk {
		return &c.state.PUK
	}
	return &c.state.PIN
}
