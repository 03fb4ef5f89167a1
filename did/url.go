package did

import (
	"fmt"
	"strings"
)

// URL is a DID URL: a DID with an optional path ("/a/b", with its slash), query (without "?") and fragment
// (without "#"). URLs compare with ==. An empty query or fragment and none at all are the same here, so a
// text that ends in a bare "?" or "#" is refused rather than changed.
type URL struct {
	DID      DID
	Path     string
	Query    string
	Fragment string
}

// pchar of RFC 3986 beyond letters, digits and percent-encoding.
const pathMarks = "-._~!$&'()*+,;=:@/"

// ParseURL reads an absolute DID URL by the grammar of DID core section 3.2.
func ParseURL(s string) (URL, error) {
	if len(s) > MaxLength {
		return URL{}, fmt.Errorf("did url has %d bytes, at most %d", len(s), MaxLength)
	}
	var u URL
	rest, fragment, hasFragment := strings.Cut(s, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		rest, u.Path = rest[:slash], rest[slash:]
	}
	id, err := Parse(rest)
	if err != nil {
		return URL{}, err
	}
	u.DID, u.Query, u.Fragment = id, query, fragment
	switch {
	case hasQuery && query == "" || hasFragment && fragment == "":
		return URL{}, fmt.Errorf("did url %s has an empty query or fragment", quote(s))
	case !isEncoded(u.Path, pathMarks):
		return URL{}, fmt.Errorf("did url %s has an invalid path", quote(s))
	case !isEncoded(query, pathMarks+"?") || !isEncoded(fragment, pathMarks+"?"):
		return URL{}, fmt.Errorf("did url %s has an invalid query or fragment", quote(s))
	}
	return u, nil
}

// ParseReference reads an absolute DID URL, or a relative one that is a fragment alone ("#key-1"), which is
// taken from base. Documents use both (DID core section 3.2.2).
func ParseReference(base DID, s string) (URL, error) {
	if strings.HasPrefix(s, "#") {
		s = base.String() + s
	}
	return ParseURL(s)
}

// String writes the URL as ParseURL reads it.
func (u URL) String() string {
	s := u.DID.String() + u.Path
	if u.Query != "" {
		s += "?" + u.Query
	}
	if u.Fragment != "" {
		s += "#" + u.Fragment
	}
	return s
}
