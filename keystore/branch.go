package keystore

import (
	"context"
	"fmt"
	"slices"

	"holdfast/internal/jcs"
	"holdfast/internal/secret"
	"holdfast/keystore/derive"
	"holdfast/keystore/store"
)

// branchNodes are the nodes m / 800130' / 0' / number' of the four SLIP-0010 trees: what an installation holds of the use branch.
// Of an ended branch only the curve25519 node is kept, which decrypts; signing with it is refused because the means are gone.
type branchNodes struct {
	number uint32
	nodes  map[derive.Curve]*derive.Node
}

// branchCurves is the order in which nodes are kept.
var branchCurves = []derive.Curve{derive.Ed25519, derive.X25519, derive.P256, derive.Secp256k1}

func (b *branchNodes) destroy() {
	for _, n := range b.nodes {
		n.Destroy()
	}
}

// branch derives the nodes of a use branch from the master secret.
func (m *master) branch(number uint32) (*branchNodes, error) {
	seed, err := derive.Seed(m.secret)
	if err != nil {
		return nil, err
	}
	defer seed.Destroy()
	return branchOf(seed, number, branchCurves)
}

// branchOf derives nodes of a use branch from the BIP-39 seed.
func branchOf(seed *secret.Bytes, number uint32, curves []derive.Curve) (*branchNodes, error) {
	b := &branchNodes{number: number, nodes: map[derive.Curve]*derive.Node{}}
	for _, c := range curves {
		n, err := derive.FromSeed(seed, c, derive.Root, uint32(derive.BranchUse), number)
		if err != nil {
			b.destroy()
			return nil, err
		}
		b.nodes[c] = n
	}
	return b, nil
}

// leaf derives the node of one key below a use branch.
func (b *branchNodes) leaf(c derive.Curve, identity uint32, p derive.Purpose, version uint32) (*derive.Node, error) {
	n := b.nodes[c]
	if n == nil {
		return nil, &SigningEndedError{State: "ended-branch", Branch: b.number}
	}
	return n.Derive(identity, uint32(p), version)
}

// public derives the public half of one key.
func (b *branchNodes) public(c derive.Curve, identity uint32, p derive.Purpose, version uint32) ([]byte, error) {
	n := b.nodes[c]
	if n == nil {
		return nil, &SigningEndedError{State: "ended-branch", Branch: b.number}
	}
	return n.PublicAt(identity, uint32(p), version)
}

// useBranch gives the present use branch's nodes, opened when first used.
func (v *Vault) useBranch(ctx context.Context) (*branchNodes, error) {
	if v.nodes != nil {
		return v.nodes, nil
	}
	b, err := openBranch(ctx, v.db, &v.env.Core, v.env.Core.Branches.Current, v.vaultKey)
	if err != nil {
		return nil, err
	}
	v.nodes = b
	return b, nil
}

// branchAD binds sealed nodes to the vault and the branch's number.
func branchAD(c *core, number uint32) ([]byte, error) {
	return jcs.Marshal(map[string]any{"vault": c.Vault, "branch": number})
}

// sealBranch derives a use branch and seals its four nodes under the vault key.
func sealBranch(m *master, c *core, number uint32, vaultKey *secret.Bytes) ([]byte, error) {
	b, err := m.branch(number)
	if err != nil {
		return nil, err
	}
	defer b.destroy()
	return b.seal(c, vaultKey, branchCurves)
}

// sealEndedBranch seals what is kept of an ended branch: the node that decrypts.
func sealEndedBranch(seed *secret.Bytes, c *core, number uint32, vaultKey *secret.Bytes) ([]byte, error) {
	kept := []derive.Curve{derive.X25519}
	b, err := branchOf(seed, number, kept)
	if err != nil {
		return nil, err
	}
	defer b.destroy()
	return b.seal(c, vaultKey, kept)
}

// seal packs the named nodes: for each a byte for the curve's place in branchCurves and 64 bytes of node, sealed together.
func (b *branchNodes) seal(c *core, vaultKey *secret.Bytes, curves []derive.Curve) ([]byte, error) {
	ad, err := branchAD(c, b.number)
	if err != nil {
		return nil, err
	}
	packed, err := secret.New(len(curves) * (1 + derive.NodeSize))
	if err != nil {
		return nil, err
	}
	defer packed.Destroy()
	err = packed.Fill(func(p []byte) error {
		for i, cv := range curves {
			at := p[i*(1+derive.NodeSize):]
			at[0] = byte(slices.Index(branchCurves, cv)) //nolint:gosec // one of four
			if err := b.nodes[cv].Read(at[1 : 1+derive.NodeSize]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	key, err := expand(vaultKey, nil, labelBranch)
	if err != nil {
		return nil, err
	}
	defer key.Destroy()
	return sealGCM(key, packed, ad)
}

// openBranch opens the sealed nodes of a use branch.
func openBranch(ctx context.Context, db *store.DB, c *core, number uint32, vaultKey *secret.Bytes) (*branchNodes, error) {
	box, _, err := db.Branch(ctx, number)
	if err != nil {
		return nil, err
	}
	ad, err := branchAD(c, number)
	if err != nil {
		return nil, err
	}
	key, err := expand(vaultKey, nil, labelBranch)
	if err != nil {
		return nil, err
	}
	defer key.Destroy()
	packed, err := openGCM(key, box, ad)
	if err != nil {
		return nil, damaged("database", "use branch %d does not open: %w", number, err)
	}
	defer packed.Destroy()
	b := &branchNodes{number: number, nodes: map[derive.Curve]*derive.Node{}}
	if err := b.unpack(packed); err != nil {
		b.destroy()
		return nil, err
	}
	return b, nil
}

func (b *branchNodes) unpack(packed *secret.Bytes) error {
	const size = 1 + derive.NodeSize
	if packed.Len() == 0 || packed.Len()%size != 0 || packed.Len() > len(branchCurves)*size {
		return fmt.Errorf("use branch %d holds %d bytes", b.number, packed.Len())
	}
	return packed.Expose(func(p []byte) error {
		for ; len(p) > 0; p = p[size:] {
			if int(p[0]) >= len(branchCurves) {
				return fmt.Errorf("use branch %d names curve %d", b.number, p[0])
			}
			cv := branchCurves[p[0]]
			n, err := derive.NewNode(cv, p[1:size])
			if err != nil {
				return err
			}
			b.nodes[cv] = n
		}
		return nil
	})
}

// sealedBranch is one use branch on its way into the next generation's database.
type sealedBranch struct {
	number uint32
	sealed []byte
	ended  bool
}

// branchesOf seals, for the next generation, the new use branch, and of every ended one the node that decrypts.
func (c *Ceremony) branchesOf(next *core, vaultKey *secret.Bytes) ([]sealedBranch, error) {
	box, err := sealBranch(c.m, next, next.Branches.Current, vaultKey)
	if err != nil {
		return nil, err
	}
	out := []sealedBranch{{number: next.Branches.Current, sealed: box}}
	seed, err := derive.Seed(c.m.secret)
	if err != nil {
		return nil, err
	}
	defer seed.Destroy()
	for _, n := range next.Branches.Ended {
		if box, err = sealEndedBranch(seed, next, n, vaultKey); err != nil {
			return nil, err
		}
		out = append(out, sealedBranch{number: n, sealed: box, ended: true})
	}
	return out, nil
}
