#!/bin/sh
# An update of a did:webvh with didwebvh-ts ends witnessing, unless the caller repeats the witnesses each time.
#
# Expected: did:webvh keeps a parameter that an entry does not mention (specification 1.0, "DID Log Entry"). So what the
#   caller of updateDID leaves out stays as it is: as watchers and nextKeyHashes do in this function.
# Happens: for witness the function writes {} into the new entry, which is the word for "no witnesses from here on". The
#   entry is valid, if the witnesses approved it, as they approve any update; from the next one on nobody asks them.
# Meaning: an owner's program passes the witness list with every update, and compares the parameters before and after; a
#   witness reads the parameters and not only the document.
# Versions: didwebvh-ts 2.8.0, @noble/curves 2.4.0 (Node 20).
# Source: its method v1.0, updateDID (witness, beside watchers).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.mjs <<'END'
import { ed25519 } from '@noble/curves/ed25519.js'
import * as webvh from 'didwebvh-ts'

const seed = new Uint8Array(32).fill(1)
const base58 = (bytes) => webvh.multibaseEncode(bytes, webvh.MultibaseEncoding.BASE58_BTC)
const key = base58(Buffer.concat([Buffer.from([0xed, 1]), ed25519.getPublicKey(seed)]))
const did = `did:key:${key}`

class Signer extends webvh.AbstractCrypto {
  async sign({ document, proof }) {
    return { proofValue: base58(ed25519.sign(await webvh.prepareDataForSigning(document, proof), seed)) }
  }
  async verify(signature, message, publicKey) {
    return ed25519.verify(signature, message, publicKey)
  }
}

const method = { type: 'Multikey', publicKeyMultibase: key, purpose: 'assertionMethod' }
const signer = new Signer({ verificationMethod: { ...method, id: `${did}#${key}` } })
const witness = { threshold: 1, witnesses: [{ id: did }] }
const common = { signer, verifier: signer, updateKeys: [key], verificationMethods: [method] }
const watchers = ['https://watcher.example']
const { log } = await webvh.createDID({ ...common, domain: 'example.com', witness, watchers })

// approved are the witness's proofs of the first entry, without which the function looks for them on the net.
const approved = await webvh.signWitnessProofEntry({
  versionId: log[0].versionId,
  witnesses: witness.witnesses,
  witnessSignersByDid: { [did]: signer },
})
for (const [name, given] of [['silent', {}], ['repeated', { witness }]]) {
  const updated = await webvh.updateDID({ ...common, ...given, log: structuredClone(log), witnessProofs: [approved] })
  const { witness, watchers } = updated.log[1].parameters
  console.log(`${name}: threshold ${witness.threshold}, watchers ${watchers.length}`)
}
END
cat >expected <<'END'
silent: threshold undefined, watchers 1
repeated: threshold 1, watchers 1
END
npm install --ignore-scripts --no-audit --no-fund didwebvh-ts@2.8.0 @noble/curves@2.4.0
node main.mjs >seen
diff expected seen
