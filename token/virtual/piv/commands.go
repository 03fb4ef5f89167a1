package piv

import (
	"context"
	"fmt"

	"holdfast/token/virtual/body"
)

// Instructions of NIST SP 800-73-4 part 2 table 2, then YubiKey's own.
const (
	insVerify          = 0x20
	insChangeReference = 0x24
	insResetRetry      = 0x2C
	insGenerate        = 0x47
	insAuthenticate    = 0x87
	insSelect          = 0xA4
	insGetResponse     = 0xC0
	insGetData         = 0xCB
	insPutData         = 0xDB

	insMoveKey          = 0xF6
	insGetMetadata      = 0xF7
	insGetSerial        = 0xF8
	insAttest           = 0xF9
	insSetPINRetries    = 0xFA
	insReset            = 0xFB
	insGetVersion       = 0xFD
	insImportKey        = 0xFE
	insSetManagementKey = 0xFF
)

// version is a firmware version.
type version [3]byte

// instruction is one command of the PIV application.
type instruction struct {
	name  string
	since version              // firmware that first had it
	made  func(body.Make) bool // makes that have it; nil: all
	slot  func(Command) byte
	run   func(*Card, context.Context, Command, *body.Operation) ([]byte, error)
}

// tellsSerial and attests tell whether this side of a make's keys does so.
func tellsSerial(m body.Make) bool { return m.Serial.On(body.PIV) }
func attests(m body.Make) bool     { return m.Attestation.On(body.PIV) }

// slotP1 and slotP2 say where a command names the slot that it is about.
func slotP1(cmd Command) byte { return cmd.P1 }
func slotP2(cmd Command) byte { return cmd.P2 }

// instructions are the commands of the PIV application.
func instructions() map[byte]instruction {
	return map[byte]instruction{
		insVerify:          {name: "verify", run: (*Card).verify},
		insChangeReference: {name: "change reference data", run: (*Card).changeReference},
		insResetRetry:      {name: "reset retry counter", run: (*Card).resetRetry},
		insGenerate:        {name: "generate asymmetric key pair", slot: slotP2, run: (*Card).generate},
		insAuthenticate:    {name: "general authenticate", slot: slotP2, run: (*Card).authenticate},
		insGetData:         {name: "get data", run: (*Card).getData},
		insPutData:         {name: "put data", run: (*Card).putData},

		insMoveKey:          {name: "move key", since: version{5, 7, 0}, slot: slotP2, run: (*Card).moveKey},
		insGetMetadata:      {name: "get metadata", since: version{5, 3, 0}, slot: slotP2, run: (*Card).metadata},
		insGetSerial:        {name: "get serial", since: version{5, 0, 0}, made: tellsSerial, run: (*Card).serial},
		insAttest:           {name: "attest", since: version{4, 3, 0}, made: attests, slot: slotP1, run: (*Card).attest},
		insSetPINRetries:    {name: "set pin retries", run: (*Card).setPINRetries},
		insReset:            {name: "reset", run: (*Card).reset},
		insGetVersion:       {name: "get version", run: (*Card).version},
		insImportKey:        {name: "import key", slot: slotP2, run: (*Card).importKey},
		insSetManagementKey: {name: "set management key", run: (*Card).setManagementKey},
	}
}

// execute carries out one complete command and records it.
func (c *Card) execute(ctx context.Context, cmd Command) ([]byte, error) {
	op := body.Operation{Side: body.PIV, Name: fmt.Sprintf("instruction %02x", cmd.Instruction)}
	data, err := c.dispatch(ctx, cmd, &op)
	op.Result = statusOf(err).String()
	if silent(err) {
		op.Result = "none"
	}
	c.body.Record(op)
	return data, err
}

func (c *Card) dispatch(ctx context.Context, cmd Command, op *body.Operation) ([]byte, error) {
	if cmd.Instruction == insSelect {
		op.Name = "select"
		return c.selectApplication(cmd, op)
	}
	switch c.session.selected {
	case managementApplication:
		op.Side = body.Management
		return c.manage(cmd, op)
	case pivApplication:
	case none:
		return nil, statusNoInstruction
	}
	i, known := instructions()[cmd.Instruction]
	if !known || !c.body.AtLeast(i.since[0], i.since[1], i.since[2]) || i.made != nil && !i.made(c.body.Make()) {
		return nil, statusNoInstruction
	}
	op.Name = i.name
	if i.slot != nil {
		op.Slot = slotName(i.slot(cmd))
	}
	return i.run(c, ctx, cmd, op)
}

// version answers YubiKey's GET VERSION: three octets.
func (c *Card) version(context.Context, Command, *body.Operation) ([]byte, error) {
	major, minor, patch := c.body.Firmware()
	return []byte{major, minor, patch}, nil
}

// serial answers YubiKey's GET SERIAL: four octets, big endian.
func (c *Card) serial(context.Context, Command, *body.Operation) ([]byte, error) {
	n := c.body.Serial()
	return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, nil
}
