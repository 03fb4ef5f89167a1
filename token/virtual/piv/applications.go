package piv

import (
	"bytes"
	"fmt"

	"holdfast/token/virtual/body"
)

// aidPIV is the identifier of the PIV card application with its version, NIST
// SP 800-73-4 part 1 section 2.2. Clients may give a beginning of it.
var aidPIV = []byte{0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00}

// aidPIVShortest is the part of it that names the registered provider.
const aidPIVShortest = 5

// aidManagement is the identifier of YubiKey's management application.
var aidManagement = []byte{0xA0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17}

// propertyTemplate is what selecting PIV answers (NIST SP 800-73-4 part 2
// section 3.1.1), in the short form that YubiKeys give.
var propertyTemplate = []byte{
	0x61, 0x11,
	0x4F, 0x06, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
	0x79, 0x07, 0x4F, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08,
}

// selectApplication answers SELECT by name. Selecting PIV while it is selected
// leaves the security status as it is (NIST SP 800-73-4 part 2 section 3.1.1);
// selecting another application clears it; selecting an unknown one changes nothing.
func (c *Card) selectApplication(cmd Command, op *body.Operation) ([]byte, error) {
	if cmd.P1 != 0x04 || cmd.P2 != 0x00 {
		return nil, statusBadParameters
	}
	switch {
	case len(cmd.Data) >= aidPIVShortest && bytes.HasPrefix(aidPIV, cmd.Data):
		if c.session.selected != pivApplication {
			c.session = session{selected: pivApplication}
		}
		return propertyTemplate, nil
	case bytes.Equal(cmd.Data, aidManagement) && c.body.Make().Management.On(body.Management):
		op.Side = body.Management
		c.session = session{selected: managementApplication}
		major, minor, patch := c.body.Firmware()
		return fmt.Appendf(nil, "Virtual mgr - FW version %d.%d.%d", major, minor, patch), nil
	}
	return nil, statusNotFound
}

// formFactor is a key for the USB-A port, worn on a key ring.
const formFactor = 0x01

// manage answers the management application: READ CONFIG alone.
func (c *Card) manage(cmd Command, op *body.Operation) ([]byte, error) {
	if cmd.Instruction != 0x1D {
		return nil, statusNoInstruction
	}
	op.Name = "read config"
	if cmd.P1 != 0 || cmd.P2 != 0 {
		return nil, statusBadParameters
	}
	return c.body.Config(body.Management), nil
}
