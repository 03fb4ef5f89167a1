// Package derive turns the master secret into every key of the owner, and into the 24 words that rebuild them.
//
// The master secret is 32 bytes of BIP-39 entropy. With an empty passphrase BIP-39 makes a 64-byte seed of it, SLIP-0010 makes a tree of the seed
// for each of four curves, and a key is the leaf m / 800130' / branch' / number' / identity' / purpose' / version'. Every step is hardened: the
// public half of a node tells nothing about its children. The same words in another tool that follows these two standards and this path give the
// same keys.
//
// Keys of the vault itself (owner key, backup, journal) do not hang in the tree: they come from the master secret by HKDF, one label each.
//
// What is secret goes in and out as secret.Bytes; what lies between is held in arrays of known size that are cleared before the function returns.
// HMAC-SHA-512, and PBKDF2 and HKDF above it, are written out here over such arrays, because crypto/hmac keeps its key in heap memory that it
// never wipes and crypto/pbkdf2 takes the sentence as a string. What works on the master secret itself sweeps its part of the stack (secret.Swept). The registers and stack frames of the hash, and the key forms that crypto/ed25519,
// crypto/ecdsa and crypto/ecdh make for themselves, are beyond reach and left to the collector.
package derive
