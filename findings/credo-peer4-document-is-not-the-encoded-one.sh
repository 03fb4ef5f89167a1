#!/bin/sh
# credo resolves a did:peer:4 to a document that is not the one in the DID, and that has another DID.
#
# Expected: the long form carries its document, and its short form is the hash of it. Resolving adds what the method
#   names: id, one more entry in alsoKnownAs, and controllers where there are none. Taking those away again gives the
#   input, so the DID of a resolved document can be checked.
# Happens: alsoKnownAs is overwritten: the aliases that the party chose to state are gone. Services pass through classes
#   that fill in defaults (priority 0) and a document without @context gets one. credo's own encoder makes another DID
#   of what its resolver returned.
# Meaning: keep the long form, never the resolved document; compare members, not documents; expect no alias to reach a
#   credo agent.
# Versions: @credo-ts/core 0.6.3 (Node 20).
# Source: modules/dids/methods/peer/peerDidNumAlgo4; identity.foundation/peer-did-method-spec, method 4.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.mjs <<'END'
import { PeerDidResolver, didDocumentToNumAlgo4Did } from '@credo-ts/core'
import { createHash } from 'node:crypto'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
function base58btc(bytes) {
  let n = BigInt('0x' + Buffer.from(bytes).toString('hex'))
  let text = ''
  for (; n > 0n; n /= 58n) text = ALPHABET[Number(n % 58n)] + text
  return 'z' + text // no leading zero bytes here
}

// create encodes a document as the method says: multicodec json, base58btc; and SHA-256 of that text as a multihash.
function create(document) {
  const encoded = base58btc(Buffer.concat([Buffer.from([0x80, 0x04]), Buffer.from(JSON.stringify(document))]))
  const hash = createHash('sha256').update(encoded).digest()
  return `did:peer:4${base58btc(Buffer.concat([Buffer.from([0x12, 0x20]), hash]))}:${encoded}`
}

const key = 'z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V' // of the README of did:peer:4
const authentication = [{ id: '#a', type: 'Multikey', publicKeyMultibase: key }]
const service = { id: '#s', type: 'did-communication', recipientKeys: ['#a'], serviceEndpoint: 'https://example.com/in' }
const context = { dependencyManager: { resolve() {} }, config: { logger: console } }
const plain = { '@context': ['https://www.w3.org/ns/did/v1'], authentication }
for (const [name, input] of [
  ['a key', plain],
  ['an alias, too', { ...plain, alsoKnownAs: ['https://example.com/me'] }],
  ['a service, too', { ...plain, service: [service] }],
  ['no @context', { authentication }],
]) {
  const did = create(input)
  const { didDocument } = await new PeerDidResolver().resolve(context, did)
  const { alsoKnownAs, service } = didDocument.toJSON()
  const same = didDocumentToNumAlgo4Did(didDocument).longFormDid === did
  console.log(`${name}: aliases ${alsoKnownAs.length}, priority ${service?.[0].priority}, same DID ${same}`)
}
END
cat >expected <<'END'
a key: aliases 1, priority undefined, same DID true
an alias, too: aliases 1, priority undefined, same DID false
a service, too: aliases 1, priority 0, same DID false
no @context: aliases 1, priority undefined, same DID false
END
npm install --ignore-scripts --no-audit --no-fund @credo-ts/core@0.6.3
node main.mjs >seen
diff expected seen
