#!/bin/sh
# credo reads the Ed25519 key of the 2020 suites, and not the X25519 key beside it.
#
# Expected: Ed25519VerificationKey2020 and X25519KeyAgreementKey2020 are one generation of suites, with one encoding
#   (publicKeyMultibase), and come in pairs: the example documents of did:peer and did:key have both. What reads one
#   reads the other.
# Happens: the document resolves and validates without a word, and dereferencing the keyAgreement key succeeds; only
#   turning it into a key fails. X25519KeyAgreementKey2019, JsonWebKey2020 and Multikey work.
# Meaning: a DID for encrypted messages with credo agents says Multikey or JsonWebKey2020 for its agreement key; a
#   document that resolves is not yet one that can be encrypted to.
# Versions: @credo-ts/core 0.6.3 (Node 20).
# Source: modules/dids/domain/key-type/keyDidMapping, verificationMethod/.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.mjs <<'END'
import { DidDocument, JsonTransformer, getPublicJwkFromVerificationMethod } from '@credo-ts/core'

// Both keys are those of the tutorial of did:peer:4.
const signs = 'z6MkrCD1csqtgdj8sjrsu8jxcbeyP6m7LiK87NzhfWqio5yr'
const agrees = 'z6LSqPZfn9krvgXma2icTMKf2uVcYhKXsudCmPoUzqGYW24U'
for (const [relationship, type, publicKeyMultibase] of [
  ['authentication', 'Ed25519VerificationKey2020', signs],
  ['authentication', 'Multikey', signs],
  ['keyAgreement', 'X25519KeyAgreementKey2020', agrees],
  ['keyAgreement', 'Multikey', agrees],
]) {
  const id = 'did:example:1'
  const method = { id: `${id}#k`, type, controller: id, publicKeyMultibase }
  const members = { id, verificationMethod: [method], [relationship]: [`${id}#k`] }
  const document = JsonTransformer.fromJSON(members, DidDocument)
  const found = document.dereferenceKey('#k', [relationship])
  try {
    console.log(`${relationship} as ${type}: ${getPublicJwkFromVerificationMethod(found).toJson().crv}`)
  } catch (error) {
    console.log(`${relationship} as ${type}: ${error.message}`)
  }
}
END
cat >expected <<'END'
authentication as Ed25519VerificationKey2020: Ed25519
authentication as Multikey: Ed25519
keyAgreement as X25519KeyAgreementKey2020: Unsupported key did from verification method type 'X25519KeyAgreementKey2020'
keyAgreement as Multikey: X25519
END
npm install --ignore-scripts --no-audit --no-fund @credo-ts/core@0.6.3
node main.mjs >seen
diff expected seen
