package piv

// A BER-TLV reader and writer (ISO/IEC 7816-4 section 5.2.2) for tags of one to
// three octets and lengths up to 65535.

// element is one data object.
type element struct {
	tag   uint32
	value []byte
}

// readElement takes the first data object off b. Lengths are taken as BER
// allows, also when longer than they need be: yubico-piv-tool sends such.
func readElement(b []byte) (e element, rest []byte, err error) {
	e.tag, b, err = readTag(b)
	if err != nil {
		return element{}, nil, err
	}
	n, b, err := readLength(b)
	if err != nil || n > len(b) {
		return element{}, nil, statusBadData
	}
	e.value = b[:n:n]
	return e, b[n:], nil
}

func readTag(b []byte) (tag uint32, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, statusBadData
	}
	tag, b = uint32(b[0]), b[1:]
	if tag&0x1F != 0x1F {
		return tag, b, nil
	}
	for range 2 {
		if len(b) == 0 {
			return 0, nil, statusBadData
		}
		next := b[0]
		tag, b = tag<<8|uint32(next), b[1:]
		if next&0x80 == 0 {
			return tag, b, nil
		}
	}
	return 0, nil, statusBadData
}

func readLength(b []byte) (n int, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, statusBadData
	}
	first, b := b[0], b[1:]
	if first < 0x80 {
		return int(first), b, nil
	}
	octets := int(first & 0x7F)
	if octets < 1 || octets > 2 || len(b) < octets {
		return 0, nil, statusBadData
	}
	for _, c := range b[:octets] {
		n = n<<8 | int(c)
	}
	return n, b[octets:], nil
}

// readElements reads data objects to the end of b. A tag that comes twice is
// an error.
func readElements(b []byte) (map[uint32][]byte, error) {
	found := map[uint32][]byte{}
	for len(b) > 0 {
		e, rest, err := readElement(b)
		if err != nil {
			return nil, err
		}
		if _, twice := found[e.tag]; twice {
			return nil, statusBadData
		}
		found[e.tag], b = e.value, rest
	}
	return found, nil
}

// readOnly reads the one data object that b consists of.
func readOnly(b []byte, tag uint32) ([]byte, error) {
	e, rest, err := readElement(b)
	if err != nil || e.tag != tag || len(rest) > 0 {
		return nil, statusBadData
	}
	return e.value, nil
}

// appendElement appends a data object made of the parts, one after the other.
func appendElement(b []byte, tag uint32, parts ...[]byte) []byte {
	switch {
	case tag > 0xFFFF:
		b = append(b, byte(tag>>16), byte(tag>>8), byte(tag))
	case tag > 0xFF:
		b = append(b, byte(tag>>8), byte(tag))
	default:
		b = append(b, byte(tag))
	}
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	switch {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n)) // #nosec G115 -- objects are limited far below 64 KiB
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
