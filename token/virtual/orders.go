package virtual

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/token/virtual/body"
)

// Usage lists the orders that a key takes on its control socket.
const Usage = `touch                    touch the key; an error when nothing waits for it
touch wait [DURATION]    touch the key as soon as something waits for it (30s)
touch automatic on|off   let every touch come by itself, or not
waiting                  how many wait for a touch
plug | unplug            put the key into its port; pull it out; either waits until programs see it
unplug after N apdus     pull it out when the N-th command APDU arrives
unplug after N frames    the same for reports of the FIDO2 side; N 0 takes it back
freeze | thaw            stop answering, answer again
touch timeout DURATION [fido2|piv]  how long a side waits for a touch: the FIDO2
                         side (30s), or the smart-card side (as its make has it)
inject ctap STATUS N [COMMAND]  answer the next N CTAP commands with the status
                         byte (0x31), carrying none out; COMMAND (0x02) picks
                         one kind of them; N 0 takes it back
inject apdu STATUS N [INS]      the same for APDUs and a status word (0x6982)
tries pin|puk|fido2 [N]  tries left and their total, or set the tries left
firmware [VERSION]       the firmware reported, or set it
serial [NUMBER]          the serial number reported, or set it
make                     the make: a maker, and what differs from his keys
log [reset]              all operations since the start, as JSON lines, or forget them
status                   all of the above in short
stop                     end the process`

// touchPatience is how long "touch wait" waits when nothing else is said.
const touchPatience = 30 * time.Second

var errUsage = errors.New("no such order, or the wrong number of words")

func (k *Key) serveControl(ctx context.Context) error {
	return ServeOrders(ctx, k.options.Control, k.order, func() { close(k.listening) })
}

// order carries out one order of a control client.
func (k *Key) order(ctx context.Context, words []string) ([]string, error) {
	if len(words) == 0 {
		return nil, errUsage
	}
	rest := words[1:]
	switch words[0] {
	case "touch":
		return nil, k.orderTouch(ctx, rest)
	case "plug":
		return nil, k.orderPlug(ctx, rest)
	case "unplug":
		return nil, k.orderUnplug(ctx, rest)
	case "inject":
		return nil, k.orderInject(rest)
	case "tries":
		return k.orderTries(rest)
	case "firmware":
		return k.orderFirmware(rest)
	case "serial":
		return k.orderSerial(rest)
	case "log":
		return k.orderLog(rest)
	}
	if len(rest) > 0 {
		return nil, errUsage
	}
	return k.orderPlain(words[0])
}

// orderPlain carries out the orders of one word.
func (k *Key) orderPlain(word string) ([]string, error) {
	switch word {
	case "freeze":
		k.body.Freeze()
	case "thaw":
		k.body.Thaw()
	case "stop":
		time.AfterFunc(stopDelay, k.stop)
	case "waiting":
		return []string{strconv.Itoa(k.body.WaitingForTouch())}, nil
	case "make":
		return []string{k.body.Make().String()}, nil
	case "status":
		return k.status(), nil
	case "help":
		return strings.Split(Usage, "\n"), nil
	default:
		return nil, errUsage
	}
	return nil, nil
}

// stopDelay lets "stop" be answered before the process ends.
const stopDelay = 20 * time.Millisecond

func (k *Key) orderTouch(ctx context.Context, words []string) error {
	switch {
	case len(words) == 0:
		if !k.body.Touch() {
			return errors.New("nothing waits for a touch")
		}
		return nil
	case words[0] == "wait" && len(words) <= 2:
		patience := touchPatience
		if len(words) == 2 {
			var err error
			if patience, err = time.ParseDuration(words[1]); err != nil {
				return err
			}
		}
		return k.touchNext(ctx, patience)
	case words[0] == "timeout":
		return k.orderTouchTimeout(words[1:])
	case slices.Equal(words, []string{"automatic", "on"}):
		k.body.AutomaticTouch(true)
		return nil
	case slices.Equal(words, []string{"automatic", "off"}):
		k.body.AutomaticTouch(false)
		return nil
	}
	return errUsage
}

func (k *Key) touchNext(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := k.body.TouchNext(ctx); err != nil {
		return fmt.Errorf("nothing waited for a touch within %s", patience)
	}
	return nil
}

// plugPatience is how long "plug" waits for programs to see the key.
const plugPatience = 30 * time.Second

func (k *Key) orderPlug(ctx context.Context, words []string) error {
	if len(words) > 0 {
		return errUsage
	}
	ctx, cancel := context.WithTimeout(ctx, plugPatience)
	defer cancel()
	if err := k.plugIn(ctx); err != nil {
		return fmt.Errorf("programs still see the key that was pulled out: %w", err)
	}
	if err := k.awaitAttached(ctx); err != nil {
		return fmt.Errorf("plugged in, but no program sees it: %w", err)
	}
	return nil
}

// plugIn puts the key into its port once programs have seen that it is out: whoever pulled it sees that first, and it
// may have pulled itself out just now.
func (k *Key) plugIn(ctx context.Context) error {
	k.leaving.Lock()
	defer k.leaving.Unlock()
	if in, _ := k.body.Plugged(); !in {
		if err := k.awaitDetached(ctx); err != nil {
			return err
		}
	}
	k.body.Plug()
	return nil
}

func (k *Key) orderUnplug(ctx context.Context, words []string) error {
	if len(words) == 0 {
		k.leaving.Lock()
		defer k.leaving.Unlock()
		k.body.Unplug()
		return k.awaitDetached(ctx)
	}
	if len(words) != 3 || words[0] != "after" {
		return errUsage
	}
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 0 {
		return fmt.Errorf("count %q: want a whole number", words[1])
	}
	unit, err := body.ParseUnit(words[2])
	if err != nil {
		return err
	}
	k.body.UnplugAfter(unit, n)
	return nil
}

func (k *Key) orderTries(words []string) ([]string, error) {
	if len(words) < 1 || len(words) > 2 {
		return nil, errUsage
	}
	get, set, err := k.counter(words[0])
	if err != nil {
		return nil, err
	}
	if len(words) == 2 {
		n, err := strconv.Atoi(words[1])
		if err != nil {
			return nil, fmt.Errorf("tries %q: want a whole number", words[1])
		}
		return nil, set(n)
	}
	left, total := get()
	return []string{fmt.Sprintf("%d of %d", left, total)}, nil
}

// counter is the counter of tries that a word names.
func (k *Key) counter(name string) (get func() (left, total int), set func(int) error, err error) {
	switch name {
	case "pin", "puk":
		puk := name == "puk"
		return func() (int, int) { return k.card.Tries(puk) },
			func(n int) error { return k.card.SetTries(puk, n) }, nil
	case "fido2":
		if k.fido == nil {
			return nil, nil, errors.New("this key has no FIDO2 side")
		}
		return k.fido.tries, k.fido.setTries, nil
	}
	return nil, nil, fmt.Errorf("tries of %q: want pin, puk or fido2", name)
}

func (k *Key) orderFirmware(words []string) ([]string, error) {
	switch len(words) {
	case 0:
		major, minor, patch := k.body.Firmware()
		return []string{fmt.Sprintf("%d.%d.%d", major, minor, patch)}, nil
	case 1:
		return nil, k.body.SetFirmware(words[0])
	}
	return nil, errUsage
}

func (k *Key) orderSerial(words []string) ([]string, error) {
	switch len(words) {
	case 0:
		return []string{strconv.FormatUint(uint64(k.body.Serial()), 10)}, nil
	case 1:
		n, err := strconv.ParseUint(words[0], 10, 32)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("serial number %q: want 1 to 4294967295", words[0])
		}
		return nil, k.body.SetSerial(uint32(n))
	}
	return nil, errUsage
}

func (k *Key) orderLog(words []string) ([]string, error) {
	if slices.Equal(words, []string{"reset"}) {
		return nil, k.body.ResetRecord()
	}
	if len(words) > 0 {
		return nil, errUsage
	}
	var lines []string
	for _, op := range k.body.Operations() {
		line, err := json.Marshal(op)
		if err != nil {
			return nil, err
		}
		lines = append(lines, string(line))
	}
	return lines, nil
}

// status is the key in a few lines, "name value".
func (k *Key) status() []string {
	in, _ := k.body.Plugged()
	major, minor, patch := k.body.Firmware()
	left, total := k.card.Tries(false)
	lines := []string{
		fmt.Sprintf("serial %d", k.body.Serial()),
		fmt.Sprintf("firmware %d.%d.%d", major, minor, patch),
		fmt.Sprintf("plugged %t", in),
		fmt.Sprintf("attached %t", k.attached()),
		fmt.Sprintf("waiting %d", k.body.WaitingForTouch()),
		fmt.Sprintf("pin %d of %d", left, total),
	}
	left, total = k.card.Tries(true)
	lines = append(lines, fmt.Sprintf("puk %d of %d", left, total))
	if k.fido != nil {
		left, total = k.fido.tries()
		lines = append(lines, fmt.Sprintf("fido2 %d of %d", left, total))
	}
	return lines
}
