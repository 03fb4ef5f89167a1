package piv

import "fmt"

// status is a status word of ISO/IEC 7816-4 section 5.6. As an error it ends a
// command; statusOK is never used as one.
type status uint16

// The status words that the card gives, with the names of NIST SP 800-73-4
// part 2 where it has one.
const (
	statusOK              status = 0x9000
	statusMore            status = 0x6100 // low byte: octets that remain, 0 for 256 or more
	statusVerifyFailed    status = 0x63C0 // low nibble: tries left
	statusWrongLength     status = 0x6700
	statusNoSecureMessage status = 0x6882
	statusNotSatisfied    status = 0x6982 // PIN, management key or touch missing
	statusBlocked         status = 0x6983
	statusNotAllowed      status = 0x6985 // conditions of use not satisfied
	statusBadData         status = 0x6A80
	statusNotSupported    status = 0x6A81
	statusNotFound        status = 0x6A82
	statusNoSpace         status = 0x6A84
	statusBadParameters   status = 0x6A86
	statusNoReference     status = 0x6A88
	statusNoInstruction   status = 0x6D00
	statusNoClass         status = 0x6E00
	statusInternal        status = 0x6F00
)

// String is the status word as four hex digits, as it stands in the record.
func (s status) String() string { return fmt.Sprintf("%04x", uint16(s)) }

// Error makes a status word an error.
func (s status) Error() string { return "status word " + s.String() }

// triesLeft is "verification failed, n tries left". Four bits are all there
// are: 15 stands for 15 or more.
func triesLeft(n int) status {
	return statusVerifyFailed | status(min(max(n, 0), 15)) // #nosec G115 -- 0 to 15
}
