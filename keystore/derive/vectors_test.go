package derive

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"holdfast/internal/secret"
)

func load(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hold puts a copy of b into locked memory until the test ends.
func hold(t testing.TB, b []byte) *secret.Bytes {
	t.Helper()
	s, err := secret.Move(bytes.Clone(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Destroy)
	return s
}

// reveal copies a secret out.
func reveal(t testing.TB, s *secret.Bytes) []byte {
	t.Helper()
	var out []byte
	err := s.Expose(func(p []byte) error {
		out = bytes.Clone(p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBIP39Vectors(t *testing.T) {
	var file struct{ English [][4]string }
	load(t, "testdata/bip39.json", &file)
	sizes := map[int]int{}
	for _, v := range file.English {
		entropy, words, seed := unhex(t, v[0]), v[1], unhex(t, v[2])
		sizes[len(entropy)]++
		text := make([]byte, maxSentence)
		n, err := encode(text, entropy)
		if err != nil || string(text[:n]) != words {
			t.Errorf("%s: words %q, error %v", v[0], text[:n], err)
		}
		var bits entropyBits
		n, err = decode(&bits, []byte(words))
		if err != nil || n*4/3 != len(entropy) || !bytes.Equal(bits[:len(entropy)], entropy) {
			t.Errorf("%q: entropy %x of %d words, error %v", words, bits, n, err)
		}
		var got [macSize]byte
		stretch(&got, []byte(words), []byte("TREZOR"))
		if !bytes.Equal(got[:], seed) {
			t.Errorf("%q: seed %x", words, got)
		}
		if len(entropy) == MasterSize {
			checkMaster(t, entropy, words)
		}
	}
	if len(file.English) != 24 || sizes[16] != 8 || sizes[24] != 8 || sizes[32] != 8 {
		t.Errorf("vectors by bytes of entropy: %v", sizes)
	}
}

func checkMaster(t *testing.T, entropy []byte, words string) {
	t.Helper()
	s, err := Words(hold(t, entropy))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Destroy()
	if got := reveal(t, s); string(got) != words {
		t.Errorf("words of %x: %q", entropy, got)
	}
	e, err := Entropy(s)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Destroy()
	if got := reveal(t, e); !bytes.Equal(got, entropy) {
		t.Errorf("entropy of %q: %x", words, got)
	}
}

func TestSLIP10Vectors(t *testing.T) {
	var file []struct {
		Title, Curve, Seed string
		Chain              []struct {
			Path      string
			ChainCode string `json:"chain_code"`
			Private   string
			Public    string
		}
	}
	load(t, "testdata/slip10.json", &file)
	nodes, viaAPI := 0, 0
	for _, v := range file {
		f, err := familyOf(Curve(v.Curve))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range v.Chain {
			nodes++
			key, code, public := unhex(t, want.Private), unhex(t, want.ChainCode), unhex(t, want.Public)
			if f.order == nil {
				public = public[1:] // SLIP-0010 prints a zero before these
			}
			all := append(bytes.Clone(key), code...)
			got := walkVector(t, f, unhex(t, v.Seed), want.Path)
			if !bytes.Equal(got[:], all) {
				t.Errorf("%s, %s: node %x", v.Title, want.Path, got)
			}
			if p, err := f.public(got[:keySize]); err != nil || !bytes.Equal(p, public) {
				t.Errorf("%s, %s: public %x, error %v", v.Title, want.Path, p, err)
			}
			if path, ok := hardenedPath(t, want.Path); ok {
				viaAPI++
				checkNode(t, f.curve, unhex(t, v.Seed), path, all, public)
			}
		}
	}
	// Through the exported functions go all nodes but those below a normal step: 4 and 5 in the two vectors of each of two curves, 1 in the retry.
	if len(file) != 10 || nodes != 52 || viaAPI != nodes-2*(4+5)-1 {
		t.Errorf("%d vectors, %d nodes, %d through the exported functions", len(file), nodes, viaAPI)
	}
}

func checkNode(t *testing.T, c Curve, seed []byte, path []uint32, all, public []byte) {
	t.Helper()
	n, err := FromSeed(hold(t, seed), c, path...)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Destroy()
	var got [NodeSize]byte
	if err := n.Read(got[:]); err != nil || !bytes.Equal(got[:], all) {
		t.Errorf("%s %v: node %x, error %v", c, path, got, err)
	}
	master, err := FromSeed(hold(t, seed), c)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Destroy()
	if p, err := master.PublicAt(path...); err != nil || !bytes.Equal(p, public) {
		t.Errorf("%s %v: public %x, error %v", c, path, p, err)
	}
}

// hardenedPath reads a path of SLIP-0010, and says whether all its steps are hardened.
func hardenedPath(t *testing.T, path string) ([]uint32, bool) {
	t.Helper()
	var steps []uint32
	for _, part := range strings.Split(path, "/")[1:] {
		digits, ok := strings.CutSuffix(part, "'")
		if !ok {
			return nil, false
		}
		n, err := strconv.ParseUint(digits, 10, 31)
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, uint32(n))
	}
	return steps, true
}

// walkVector derives with the normal steps that only the vectors take.
func walkVector(t *testing.T, f *family, seed []byte, path string) raw {
	t.Helper()
	var r raw
	if err := r.fromSeed(f, seed); err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(path, "/")[1:] {
		if step, ok := hardenedPath(t, "m/"+part); ok {
			if err := r.walk(f, step); err != nil {
				t.Fatal(err)
			}
			continue
		}
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			t.Fatal(err)
		}
		public, err := f.public(r[:keySize])
		if err != nil {
			t.Fatal(err)
		}
		var data childData
		copy(data[:], public)
		binary.BigEndian.PutUint32(data[1+keySize:], uint32(n))
		if err := r.child(f, &data); err != nil {
			t.Fatal(err)
		}
	}
	return r
}
