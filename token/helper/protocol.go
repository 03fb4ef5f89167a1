// Package helper runs every act on a token in a process of its own: one act, one child, requests and secrets over a pipe, exit. With the child
// die the copies of a PIN that libfido2 never frees, the exclusive handles that piv-go leaks, a call that a frozen token blocks (cancel is
// kill), and what a hostile token may do to C code. The child answers with a shared secret, an hmac-secret, public keys or facts, and
// decides nothing.
package helper

import (
	"fmt"

	"holdfast/keystore"
	"holdfast/token"
)

// Argument is the hidden first argument with which a program is called as the helper.
const Argument = "--holdfast-token-helper"

// The child's ends of the pipes. Standard output stays free: C libraries print there.
const (
	requestsFD = 3
	answersFD  = 4
)

// act names what the helper is asked to do.
type act string

const (
	actIdentify    act = "identify"
	actFacts       act = "facts"
	actECDH        act = "ecdh"
	actEnrolPIV    act = "enrol-piv"
	actCertificate act = "certificate"
	actHMAC        act = "hmac"
	actEnrolFIDO2  act = "enrol-fido2"
)

// request is the first frame to the helper. Only the member of its act is set.
type request struct {
	Act   act         `json:"act"`
	Token token.Token `json:"token"`
	Roots [][]byte    `json:"roots,omitempty"` // extra roots of attestation, X.509 DER

	ECDH        *keystore.ECDHRequest       `json:"ecdh,omitempty"`
	HMAC        *keystore.HMACRequest       `json:"hmac,omitempty"`
	EnrolFIDO2  *keystore.FIDO2EnrolRequest `json:"enrol_fido2,omitempty"`
	Tiers       []keystore.Tier             `json:"tiers,omitempty"`   // of actEnrolPIV
	Reclaim     [][]byte                    `json:"reclaim,omitempty"` // of actEnrolPIV
	Certificate byte                        `json:"certificate,omitempty"`
}

// result is the last frame of an act whose result is public. Only the member of its act is set.
type result struct {
	Token       *token.Token              `json:"token,omitempty"`
	Facts       *token.Facts              `json:"facts,omitempty"`
	Keys        keystore.PIVKeys          `json:"keys,omitempty"`
	Credential  *keystore.FIDO2Credential `json:"credential,omitempty"`
	Certificate []byte                    `json:"certificate,omitempty"`
}

// replaced is what an act has done to PIN and PUK so far.
type replaced struct {
	PIN keystore.Change `json:"pin"`
	PUK keystore.Change `json:"puk"`
}

// certificates answer the keys made.
type certificates map[keystore.Tier][]byte

// failed is the token.Error of a helper that did not do its part.
func failed(side token.Kind, format string, args ...any) *token.Error {
	return token.NewError(token.HelperFailed, side, fmt.Sprintf(format, args...))
}
