package piv

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/token"
	"holdfast/token/pcsc"
)

// statusInWords finds a status word, and a PC/SC number without words, in the text of a piv-go error: some of its wrappers keep the text
// alone.
var (
	statusInWords = regexp.MustCompile(`smart card error ([0-9a-f]{4})`)
	numberInWords = regexp.MustCompile(`unknown pcsc return code 0x([0-9a-f]{8})`)
)

// fromPIV turns an error of piv-go into a token.Error that names the call; nil stays nil.
func fromPIV(call string, err error) error {
	if err == nil {
		return nil
	}
	var coded *token.Error
	if errors.As(err, &coded) {
		return err
	}
	if sw, ok := statusWord(err); ok {
		return statusError(call, sw)
	}
	if number, ok := scardNumber(err.Error()); ok {
		return pcsc.Error(call, number)
	}
	if strings.Contains(err.Error(), noResponse) {
		return token.NewError(token.Removed, token.PIV, call+": "+err.Error())
	}
	return token.NewError(token.Malformed, token.PIV, call+": "+err.Error())
}

// noResponse is what piv-go says when not even a status word came: the driver lost the card in the middle.
const noResponse = "scard response too short"

// statusWord finds the status word behind a piv-go error. Its error type is not exported, but the method is.
func statusWord(err error) (uint16, bool) {
	var status interface{ Status() uint16 }
	if errors.As(err, &status) {
		return status.Status(), true
	}
	if m := statusInWords.FindStringSubmatch(err.Error()); m != nil {
		sw, parseErr := strconv.ParseUint(m[1], 16, 16)
		return uint16(sw), parseErr == nil
	}
	var auth piv.AuthErr
	switch {
	case errors.As(err, &auth) && auth.Retries == 0:
		return 0x6983, true
	case errors.As(err, &auth):
		return 0x63c0 | uint16(auth.Retries&0x0f), true
	case errors.Is(err, piv.ErrNotFound):
		return 0x6a82, true
	default:
		return 0, false
	}
}

func scardNumber(text string) (uint32, bool) {
	if m := numberInWords.FindStringSubmatch(text); m != nil {
		n, err := strconv.ParseUint(m[1], 16, 32)
		return uint32(n), err == nil
	}
	longest, number := "", uint32(0)
	for words, n := range pcscWords() {
		if n != 0 && strings.HasSuffix(text, words) && len(words) > len(longest) {
			longest, number = words, n
		}
	}
	return number, longest != ""
}

// triesLeft gives the tries an error tells; -1 when it tells none.
func triesLeft(err error) int {
	var e *token.Error
	if errors.As(err, &e) {
		return e.TriesLeft
	}
	return -1
}

// as gives err another code where the command's meaning is known better than the status word's.
func as(err error, from, to token.Code) error {
	var e *token.Error
	if !errors.As(err, &e) || e.Code != from {
		return err
	}
	sharper := *e
	sharper.Code = to
	return &sharper
}
