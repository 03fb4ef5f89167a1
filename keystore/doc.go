// Package keystore roots a vault in its owner's tokens: the envelope and its keyslots, sealing, ceremonies, identities and their
// keys, signing, backup and restore. It is the only place where a master secret is opened, and it reaches devices through the
// contracts in keyslot.go alone, so that it is built and tested without C and without hardware.
//
// A Vault is open for reading and for use keys; a Ceremony holds the master secret for one act. The file format is described in
// docs/vault-format.md.
package keystore
