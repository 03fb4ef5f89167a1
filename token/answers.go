package token

// The four tables below give every number a token, its library or its driver can answer its Code. Where a number is
// listed with its source is testdata/answers.json; a number listed there and missing here fails a test.

// FromCTAP gives the Code of a CTAP status (CTAP 2.1 section 8.2) or of one of libfido2's own negative numbers
// (fido/err.h). Zero is no error and gives "".
func FromCTAP(number int) Code {
	if number == 0 {
		return ""
	}
	if c, ok := ctapCodes()[number]; ok {
		return c
	}
	return Unknown
}

func ctapCodes() map[int]Code {
	return map[int]Code{
		0x01: Unsupported,     // INVALID_COMMAND
		0x02: BadRequest,      // INVALID_PARAMETER
		0x03: BadRequest,      // INVALID_LENGTH
		0x04: Malformed,       // INVALID_SEQ
		0x05: Frozen,          // TIMEOUT
		0x06: Busy,            // CHANNEL_BUSY
		0x0a: Busy,            // LOCK_REQUIRED
		0x0b: Malformed,       // INVALID_CHANNEL
		0x11: BadRequest,      // CBOR_UNEXPECTED_TYPE
		0x12: BadRequest,      // INVALID_CBOR
		0x14: BadRequest,      // MISSING_PARAMETER
		0x15: BadRequest,      // LIMIT_EXCEEDED
		0x16: Unsupported,     // UNSUPPORTED_EXTENSION
		0x17: Full,            // FP_DATABASE_FULL
		0x18: Full,            // LARGEBLOB_STORAGE_FULL
		0x19: AlreadyEnrolled, // CREDENTIAL_EXCLUDED
		0x21: Busy,            // PROCESSING
		0x22: NoCredential,    // INVALID_CREDENTIAL
		0x23: Busy,            // USER_ACTION_PENDING
		0x24: Busy,            // OPERATION_PENDING
		0x25: Refused,         // NO_OPERATIONS
		0x26: Unsupported,     // UNSUPPORTED_ALGORITHM
		0x27: TouchTimeout,    // OPERATION_DENIED: what a token answers when nobody touched it
		0x28: Full,            // KEY_STORE_FULL
		0x29: Refused,         // NOT_BUSY
		0x2a: Refused,         // NO_OPERATION_PENDING
		0x2b: Unsupported,     // UNSUPPORTED_OPTION
		0x2c: BadRequest,      // INVALID_OPTION
		0x2d: Cancelled,       // KEEPALIVE_CANCEL
		0x2e: NoCredential,    // NO_CREDENTIALS
		0x2f: TouchTimeout,    // USER_ACTION_TIMEOUT
		0x30: Refused,         // NOT_ALLOWED
		0x31: WrongPIN,        // PIN_INVALID
		0x32: PINBlocked,      // PIN_BLOCKED
		0x33: PINExpired,      // PIN_AUTH_INVALID
		0x34: PINAuthBlocked,  // PIN_AUTH_BLOCKED
		0x35: PINNotSet,       // PIN_NOT_SET
		0x36: PINRequired,     // PIN_REQUIRED
		0x37: PINRefused,      // PIN_POLICY_VIOLATION
		0x38: PINExpired,      // PIN_TOKEN_EXPIRED
		0x39: BadRequest,      // REQUEST_TOO_LARGE
		0x3a: TouchTimeout,    // ACTION_TIMEOUT
		0x3b: TouchRequired,   // UP_REQUIRED
		0x3c: UVBlocked,       // UV_BLOCKED
		0x3d: Refused,         // INTEGRITY_FAILURE
		0x3e: BadRequest,      // INVALID_SUBCOMMAND
		0x3f: PINRequired,     // UV_INVALID: a finger was not recognised, the PIN remains
		0x40: Refused,         // UNAUTHORIZED_PERMISSION
		0x7f: Refused,         // OTHER
		0xdf: Refused,         // SPEC_LAST
		-1:   Removed,         // TX: the device is gone while being written
		-2:   Removed,         // RX: the device is gone while being read
		-3:   Malformed,       // RX_NOT_CBOR
		-4:   Malformed,       // RX_INVALID_CBOR
		-5:   BadRequest,      // INVALID_PARAM
		-6:   Malformed,       // INVALID_SIG
		-7:   BadRequest,      // INVALID_ARGUMENT
		-8:   TouchRequired,   // USER_PRESENCE_REQUIRED
		-9:   ServiceFailed,   // INTERNAL
		-10:  NoCredential,    // NOTFOUND
		-11:  ServiceFailed,   // COMPRESS
	}
}

// FromCTAPHID gives the Code of a CTAPHID_ERROR (CTAP 2.1 section 11.2.9.1.6).
func FromCTAPHID(number byte) Code {
	switch number {
	case 0x01:
		return Unsupported // INVALID_CMD
	case 0x02, 0x03:
		return BadRequest // INVALID_PAR, INVALID_LEN
	case 0x04:
		return Malformed // INVALID_SEQ
	case 0x05:
		return Frozen // MSG_TIMEOUT
	case 0x06, 0x0a:
		return Busy // CHANNEL_BUSY, LOCK_REQUIRED
	case 0x0b:
		return Malformed // INVALID_CHANNEL
	case 0x7f:
		return Refused // OTHER
	default:
		return Unknown
	}
}

// FromStatusWord gives the Code of a card's status word and the tries it tells (-1 when it tells none). The sources
// are ISO 7816-4 section 5.6, NIST SP 800-73-4 part 2 table 6 and section 3.2, and Yubico's PIV extensions. What a word means may
// depend on the command: token/piv sharpens 6982, 6A80 and 6A82 where it knows better.
func FromStatusWord(sw uint16) (code Code, tries int) {
	switch {
	case sw == 0x9000 || sw>>8 == 0x61:
		return "", -1
	case sw&0xfff0 == 0x63c0:
		return WrongPIN, int(sw & 0x0f)
	case sw == 0x6983:
		return PINBlocked, 0
	}
	if c, ok := statusCodes()[sw]; ok {
		return c, -1
	}
	return Unknown, -1
}

func statusCodes() map[uint16]Code {
	return map[uint16]Code{
		0x6300: WrongPIN,    // verification failed, tries not told
		0x6400: Refused,     // execution error, memory unchanged
		0x6581: Refused,     // memory failure
		0x6700: BadRequest,  // wrong length
		0x6881: Unsupported, // logical channel
		0x6882: Unsupported, // secure messaging
		0x6883: BadRequest,  // last command of the chain expected
		0x6884: Unsupported, // command chaining
		0x6982: PINRequired, // security status not satisfied
		0x6984: Refused,     // reference data not usable
		0x6985: Refused,     // conditions of use not satisfied
		0x6986: Refused,     // command not allowed
		0x6987: Unsupported, // secure messaging objects missing
		0x6988: Unsupported, // secure messaging objects incorrect
		0x6999: NotPIV,      // application selection failed
		0x6a80: BadRequest,  // incorrect parameter in data
		0x6a81: Unsupported, // function not supported
		0x6a82: NoKey,       // object or application not found
		0x6a84: Full,        // not enough memory
		0x6a86: BadRequest,  // incorrect P1 or P2
		0x6a88: NoKey,       // referenced data not found
		0x6b00: BadRequest,  // wrong P1 or P2
		0x6d00: Unsupported, // instruction not supported
		0x6e00: Unsupported, // class not supported
		0x6f00: Refused,     // no precise diagnosis
	}
}

// FromSCARD gives the Code of a PC/SC return value (pcsclite.h, winerror.h).
func FromSCARD(number uint32) Code {
	if number == 0 {
		return ""
	}
	if c, ok := scardCodes()[number]; ok {
		return c
	}
	return Unknown
}

func scardCodes() map[uint32]Code {
	return map[uint32]Code{
		0x80100001: ServiceFailed, // F_INTERNAL_ERROR
		0x80100002: Cancelled,     // E_CANCELLED
		0x80100003: Removed,       // E_INVALID_HANDLE: the service forgot the card
		0x80100004: BadRequest,    // E_INVALID_PARAMETER
		0x80100005: ServiceFailed, // E_INVALID_TARGET
		0x80100006: ServiceFailed, // E_NO_MEMORY
		0x80100007: Frozen,        // F_WAITED_TOO_LONG
		0x80100008: BadRequest,    // E_INSUFFICIENT_BUFFER
		0x80100009: Removed,       // E_UNKNOWN_READER
		0x8010000a: Frozen,        // E_TIMEOUT
		0x8010000b: Busy,          // E_SHARING_VIOLATION
		0x8010000c: Removed,       // E_NO_SMARTCARD
		0x8010000d: BadRequest,    // E_UNKNOWN_CARD
		0x8010000e: ServiceFailed, // E_CANT_DISPOSE
		0x8010000f: NotPIV,        // E_PROTO_MISMATCH
		0x80100010: Frozen,        // E_NOT_READY
		0x80100011: BadRequest,    // E_INVALID_VALUE
		0x80100012: Cancelled,     // E_SYSTEM_CANCELLED
		0x80100013: ServiceFailed, // F_COMM_ERROR
		0x80100014: ServiceFailed, // F_UNKNOWN_ERROR
		0x80100015: ServiceFailed, // E_INVALID_ATR
		0x80100016: Removed,       // E_NOT_TRANSACTED: what pcscd says when the driver lost the card in the middle
		0x80100017: Removed,       // E_READER_UNAVAILABLE
		0x80100018: NoService,     // P_SHUTDOWN
		0x80100019: BadRequest,    // E_PCI_TOO_SMALL
		0x8010001a: ServiceFailed, // E_READER_UNSUPPORTED
		0x8010001b: ServiceFailed, // E_DUPLICATE_READER
		0x8010001c: NotPIV,        // E_CARD_UNSUPPORTED
		0x8010001d: NoService,     // E_NO_SERVICE
		0x8010001e: NoService,     // E_SERVICE_STOPPED
		0x8010001f: ServiceFailed, // E_UNEXPECTED
		0x80100020: ServiceFailed, // E_ICC_INSTALLATION
		0x80100021: ServiceFailed, // E_ICC_CREATEORDER
		0x80100022: Unsupported,   // E_UNSUPPORTED_FEATURE
		0x80100023: NoKey,         // E_DIR_NOT_FOUND
		0x80100024: NoKey,         // E_FILE_NOT_FOUND
		0x80100025: NoKey,         // E_NO_DIR
		0x80100026: NoKey,         // E_NO_FILE
		0x80100027: NotPermitted,  // E_NO_ACCESS
		0x80100028: Full,          // E_WRITE_TOO_MANY
		0x80100029: ServiceFailed, // E_BAD_SEEK
		0x8010002a: WrongPIN,      // E_INVALID_CHV
		0x8010002b: ServiceFailed, // E_UNKNOWN_RES_MNG
		0x8010002c: NoKey,         // E_NO_SUCH_CERTIFICATE
		0x8010002d: NoKey,         // E_CERTIFICATE_UNAVAILABLE
		0x8010002e: Removed,       // E_NO_READERS_AVAILABLE
		0x8010002f: Removed,       // E_COMM_DATA_LOST
		0x80100030: NoKey,         // E_NO_KEY_CONTAINER
		0x80100031: Busy,          // E_SERVER_TOO_BUSY
		0x80100065: ServiceFailed, // W_UNSUPPORTED_CARD
		0x80100066: Frozen,        // W_UNRESPONSIVE_CARD
		0x80100067: Removed,       // W_UNPOWERED_CARD
		0x80100068: Reset,         // W_RESET_CARD
		0x80100069: Removed,       // W_REMOVED_CARD
		0x8010006a: NotPermitted,  // W_SECURITY_VIOLATION
		0x8010006b: WrongPIN,      // W_WRONG_CHV
		0x8010006c: PINBlocked,    // W_CHV_BLOCKED
		0x8010006d: Malformed,     // W_EOF
		0x8010006e: Cancelled,     // W_CANCELLED_BY_USER
		0x8010006f: PINRequired,   // W_CARD_NOT_AUTHENTICATED
	}
}
