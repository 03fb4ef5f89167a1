// Asks npm's @credo-ts/core about did:peer:4.
import {
  DidDocument,
  JsonTransformer,
  PeerDidResolver,
  didDocumentToNumAlgo4Did,
  getPublicJwkFromVerificationMethod,
} from '@credo-ts/core'

import { run } from './protocol.mjs'

const purposes = ['authentication', 'assertionMethod', 'keyAgreement', 'capabilityInvocation', 'capabilityDelegation']

// context is what the resolver needs of an agent: the long forms that were met before, found by their short form, and a place for complaints.
function context(known) {
  const records = known.map((did) => ({ did, short: did.slice(0, did.lastIndexOf(':')) }))
  const repository = { findAllByDid: async (_, did) => records.filter((record) => record.short === did) }
  return { dependencyManager: { resolve: () => repository }, config: { logger: { error() {} } } }
}

async function resolve(did, known) {
  const { didDocument, didResolutionMetadata } = await new PeerDidResolver().resolve(context(known), did)
  if (!didDocument) throw new Error(didResolutionMetadata.message)
  return didDocument
}

// keys are those that the document gives for each purpose, asked for by a key id that starts with base.
function keys(document, base) {
  const found = {}
  for (const purpose of purposes) {
    for (const method of document[purpose] ?? []) {
      const id = base + (typeof method === 'string' ? method : method.id)
      try {
        const jwk = getPublicJwkFromVerificationMethod(document.dereferenceKey(id, [purpose])).toJson({ includeKid: false })
        found[purpose] = { ...found[purpose], [id.slice(base.length)]: jwk }
      } catch (error) {
        found[purpose] = { ...found[purpose], [id.slice(base.length)]: { refused: error.message } }
      }
    }
  }
  return found
}

async function judge({ did, known }) {
  const document = await resolve(did, known)
  return { document: document.toJSON(), keys: keys(document, did) }
}

// own adds what the library asks for in a document without a DID, and takes away again when it makes the DID.
function own(document) {
  const members = JSON.parse(document)
  for (const name of ['verificationMethod', ...purposes]) {
    for (const method of members[name] ?? []) {
      if (typeof method === 'object') method.controller = '#id'
    }
  }
  return JsonTransformer.fromJSON({ ...members, id: '#id' }, DidDocument)
}

async function make({ document }) {
  const { longFormDid, shortFormDid } = didDocumentToNumAlgo4Did(own(document))
  return { made: longFormDid, short: shortFormDid, document: (await resolve(longFormDid, [])).toJSON() }
}

await run('credo', '@credo-ts/core', { judge, make })
