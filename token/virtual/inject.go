package virtual

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"holdfast/token/virtual/body"
)

// orderInject orders a fault: "ctap STATUS N [COMMAND]" or "apdu STATUS N [INS]".
func (k *Key) orderInject(words []string) error {
	if len(words) < 3 || len(words) > 4 {
		return errUsage
	}
	fault := body.Injection{Command: body.AnyCommand}
	width := 16
	switch words[0] {
	case "ctap":
		fault.Side, width = body.FIDO2, 8
	case "apdu":
		fault.Side = body.PIV
	default:
		return errUsage
	}
	status, err := strconv.ParseUint(words[1], 0, width)
	if err != nil || status == 0 {
		return fmt.Errorf("status %q: want a number such as 0x31 for ctap or 0x6982 for apdu", words[1])
	}
	fault.Status = uint16(status) // #nosec G115 -- parsed to that width
	if fault.Times, err = strconv.Atoi(words[2]); err != nil || fault.Times < 0 {
		return fmt.Errorf("count %q: want a whole number", words[2])
	}
	if len(words) == 4 {
		command, err := strconv.ParseUint(words[3], 0, 8)
		if err != nil {
			return fmt.Errorf("command %q: want a number such as 0x02", words[3])
		}
		fault.Command = int(command) // #nosec G115 -- one byte
	}
	k.body.Inject(fault)
	return nil
}

// orderTouchTimeout orders a time to wait for touches: "DURATION" or "DURATION fido2|piv".
func (k *Key) orderTouchTimeout(words []string) error {
	if len(words) < 1 || len(words) > 2 {
		return errUsage
	}
	d, err := time.ParseDuration(words[0])
	if err != nil {
		return err
	}
	if d <= 0 {
		return fmt.Errorf("time %q: want more than nothing", words[0])
	}
	if len(words) == 2 && words[1] == body.PIV {
		k.card.SetTouchTimeout(d)
		return nil
	}
	if len(words) == 2 && words[1] != body.FIDO2 {
		return fmt.Errorf("side %q: want %s or %s", words[1], body.FIDO2, body.PIV)
	}
	if k.fido == nil {
		return errors.New("this key has no FIDO2 side")
	}
	k.fido.setTouchTimeout(d)
	return nil
}
