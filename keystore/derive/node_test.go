package derive

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secpecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"holdfast/internal/secret"
)

var allCurves = []Curve{Ed25519, X25519, P256, Secp256k1}

func testNode(t testing.TB, c Curve, path ...uint32) *Node {
	t.Helper()
	seed, err := Seed(hold(t, bytes.Repeat([]byte{0x80}, MasterSize)))
	if err != nil {
		t.Fatal(err)
	}
	defer seed.Destroy()
	n, err := FromSeed(seed, c, path...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Destroy)
	return n
}

func public(t testing.TB, n *Node) []byte {
	t.Helper()
	p, err := n.Public()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestStepByStep: a path taken at once, step by step, without the leaf and through sealed bytes ends in the same key; the nodes above are as before.
func TestStepByStep(t *testing.T) {
	for _, c := range allCurves {
		want := public(t, testNode(t, c, Root, 0, 3, 7, uint32(Assertion), 1))
		branch := testNode(t, c, Root, uint32(BranchUse), 3)
		before := public(t, branch)
		identity, err := branch.Derive(7)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := identity.Derive(uint32(Assertion), 1)
		identity.Destroy()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(public(t, leaf), want) {
			t.Errorf("%s: step by step is another key", c)
		}
		leaf.Destroy()
		var packed [NodeSize]byte
		if err := branch.Read(packed[:]); err != nil {
			t.Fatal(err)
		}
		kept := packed
		again, err := NewNode(c, packed[:])
		if err != nil {
			t.Fatal(err)
		}
		if packed != kept {
			t.Errorf("%s: NewNode changed its argument", c)
		}
		if got, err := again.PublicAt(7, uint32(Assertion), 1); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: through bytes is another key: %v", c, err)
		}
		again.Destroy()
		if again.Curve() != c || !bytes.Equal(public(t, branch), before) {
			t.Errorf("%s: the branch changed", c)
		}
	}
}

func TestNodeRefuses(t *testing.T) {
	n := testNode(t, P256)
	if _, err := n.Derive(1, hardened); err == nil {
		t.Error("a step of 2^31 is taken")
	}
	if _, err := n.PublicAt(hardened + 1); err == nil {
		t.Error("a step above 2^31 is taken")
	}
	for _, size := range []int{0, NodeSize - 1, NodeSize + 1} {
		if err := n.Read(make([]byte, size)); err == nil {
			t.Errorf("read into %d bytes", size)
		}
		if _, err := NewNode(Ed25519, make([]byte, size)); err == nil {
			t.Errorf("node of %d bytes", size)
		}
	}
	if _, err := NewNode("secp384r1", make([]byte, NodeSize)); err == nil {
		t.Error("node on an unknown curve")
	}
	for _, size := range []int{minSeed - 1, maxSeed + 1} {
		if _, err := FromSeed(hold(t, make([]byte, size)), Ed25519); err == nil {
			t.Errorf("node of a seed of %d bytes", size)
		}
	}
	for c, order := range map[Curve]*scalar{P256: &orderP256, Secp256k1: &orderSecp256k1} {
		var b [NodeSize]byte
		if _, err := NewNode(c, b[:]); err == nil {
			t.Errorf("%s: zero is a key", c)
		}
		order.write(b[:])
		if _, err := NewNode(c, b[:]); err == nil {
			t.Errorf("%s: the order is a key", c)
		}
		b[keySize-1]--
		last, err := NewNode(c, b[:])
		if err != nil {
			t.Fatalf("%s: the order less one is no key: %v", c, err)
		}
		last.Destroy()
	}
	n.Destroy()
	n.Destroy()
	if _, err := n.Public(); !errors.Is(err, secret.ErrDestroyed) {
		t.Errorf("public key of a destroyed node: %v", err)
	}
	if _, err := n.Derive(1); !errors.Is(err, secret.ErrDestroyed) {
		t.Errorf("child of a destroyed node: %v", err)
	}
	(*Node)(nil).Destroy()
}

func TestSign(t *testing.T) {
	message := []byte("a message")
	hash := sha256.Sum256(message)
	check := map[Curve]func(public, signature []byte) bool{
		Ed25519: func(public, signature []byte) bool { return ed25519.Verify(public, message, signature) },
		P256: func(public, signature []byte) bool {
			x, y := elliptic.UnmarshalCompressed(elliptic.P256(), public)
			key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, append(x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32))...)...))
			if err != nil {
				t.Fatal(err)
			}
			r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
			return ecdsa.Verify(key, hash[:], r, s)
		},
		Secp256k1: func(public, signature []byte) bool {
			key, err := secp256k1.ParsePubKey(public)
			if err != nil {
				t.Fatal(err)
			}
			var r, s secp256k1.ModNScalar
			if r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) || s.IsOverHalfOrder() {
				return false
			}
			return secpecdsa.NewSignature(&r, &s).Verify(hash[:], key)
		},
	}
	for c, valid := range check {
		for i := range uint32(8) { // several, so that leading zeros and both halves of S occur
			n := testNode(t, c, i)
			signature, err := n.Sign(message)
			if err != nil || len(signature) != 64 || !valid(public(t, n), signature) {
				t.Fatalf("%s: signature %x, error %v", c, signature, err)
			}
			signature[40] ^= 1
			if valid(public(t, n), signature) {
				t.Errorf("%s: a changed signature is valid", c)
			}
			n.Destroy()
		}
	}
	if _, err := testNode(t, X25519).Sign(message); err == nil {
		t.Error("a curve25519 key signs")
	}
}

func TestAgree(t *testing.T) {
	n := testNode(t, X25519, 1)
	// Bob's private key of RFC 7748 section 6.1.
	bob, err := ecdh.X25519().NewPrivateKey(unhex(t, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := ecdh.X25519().NewPublicKey(public(t, n))
	if err != nil {
		t.Fatal(err)
	}
	want, err := bob.ECDH(ours)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := n.Agree(bob.PublicKey().Bytes())
	if err != nil || !bytes.Equal(reveal(t, shared), want) {
		t.Errorf("shared secret differs, error %v", err)
	}
	shared.Destroy()
	for name, peer := range map[string][]byte{"short": make([]byte, 31), "small order": make([]byte, 32), "none": nil} {
		if _, err := n.Agree(peer); err == nil {
			t.Errorf("a peer's key is taken: %s", name)
		}
	}
	if _, err := testNode(t, Ed25519).Agree(bob.PublicKey().Bytes()); err == nil {
		t.Error("an ed25519 key agrees")
	}
}

// TestScalar compares the arithmetic with math/big, at the edges above all.
func TestScalar(t *testing.T) {
	for _, order := range []*scalar{&orderP256, &orderSecp256k1} {
		n := toBig(order)
		edges := []*big.Int{}
		for _, base := range []*big.Int{new(big.Int), new(big.Int).Rsh(n, 1), n, new(big.Int).Lsh(big.NewInt(1), 64), new(big.Int).Lsh(big.NewInt(1), 192)} {
			for d := int64(-2); d <= 2; d++ {
				e := new(big.Int).Add(base, big.NewInt(d))
				edges = append(edges, e.Mod(e, n))
			}
		}
		for _, a := range edges {
			for _, b := range edges {
				s, u := fromBig(a), fromBig(b)
				s.add(&u, order)
				want := new(big.Int).Add(a, b)
				want.Mod(want, n)
				if toBig(&s).Cmp(want) != 0 {
					t.Errorf("%x + %x = %x", a, b, toBig(&s))
				}
				if s.isKey(order) != (want.Sign() != 0) {
					t.Errorf("%x is a key: %v", want, s.isKey(order))
				}
			}
		}
		for d := range int64(3) {
			big := fromBig(new(big.Int).Add(n, big.NewInt(d)))
			if big.isKey(order) {
				t.Errorf("the order plus %d is a key", d)
			}
		}
	}
	if toBig(&orderP256).Cmp(elliptic.P256().Params().N) != 0 || toBig(&orderSecp256k1).Cmp(secp256k1.Params().N) != 0 {
		t.Error("an order is wrong")
	}
}

func toBig(s *scalar) *big.Int {
	var b [32]byte
	s.write(b[:])
	return new(big.Int).SetBytes(b[:])
}

func fromBig(v *big.Int) (s scalar) {
	var b [32]byte
	v.FillBytes(b[:])
	s.read(b[:])
	return s
}

func TestPurposes(t *testing.T) {
	names := map[string]bool{}
	for i, r := range Purposes() {
		if r.Purpose != Purpose(i) || r.Name == "" || r.Doc == "" || len(r.Curves) == 0 || names[r.Name] {
			t.Errorf("row %d of the table: %+v", i, r)
		}
		names[r.Name] = true
		if r.Purpose.String() != r.Name || !r.Purpose.Allows(r.Curves[0]) || r.Purpose.Allows("secp384r1") {
			t.Errorf("purpose %d does not follow its row", i)
		}
		if r.Purpose.Allows(X25519) != (r.Purpose == KeyAgreement) {
			t.Errorf("purpose %s and curve25519", r.Name)
		}
	}
	if len(names) != 8 || Purpose(8).String() != "purpose 8" || Purpose(8).Allows(Ed25519) {
		t.Errorf("%d purposes; the next is %q", len(names), Purpose(8))
	}
}

// TestManyLeaves derives 10,000 leaves of three levels, more than there is locked memory for, without holding any.
func TestManyLeaves(t *testing.T) {
	branch := testNode(t, Ed25519, Root, uint32(BranchUse), 0)
	began := time.Now()
	for i := range uint32(10_000) {
		leaf, err := branch.Derive(i, uint32(Authentication), 0)
		if err != nil {
			t.Fatal(err)
		}
		leaf.Destroy()
	}
	t.Logf("10,000 leaves in %v", time.Since(began))
}

// BenchmarkIdentityFloor is what one new identity costs at least: a leaf and its public key.
func BenchmarkIdentityFloor(b *testing.B) {
	branch := testNode(b, Ed25519, Root, uint32(BranchUse), 0)
	b.ReportAllocs()
	for i := uint32(0); b.Loop(); i++ {
		leaf, err := branch.Derive(i%hardened, uint32(Authentication), 0)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := leaf.Public(); err != nil {
			b.Fatal(err)
		}
		leaf.Destroy()
	}
}

// BenchmarkPublicAt is the same without locked memory for the leaf.
func BenchmarkPublicAt(b *testing.B) {
	for _, c := range allCurves {
		b.Run(string(c), func(b *testing.B) {
			branch := testNode(b, c, Root, uint32(BranchUse), 0)
			b.ReportAllocs()
			for i := uint32(0); b.Loop(); i++ {
				if _, err := branch.PublicAt(i%hardened, uint32(Authentication), 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSeed is the deliberate cost of the words.
func BenchmarkSeed(b *testing.B) {
	master := hold(b, make([]byte, MasterSize))
	for b.Loop() {
		seed, err := Seed(master)
		if err != nil {
			b.Fatal(err)
		}
		seed.Destroy()
	}
}
