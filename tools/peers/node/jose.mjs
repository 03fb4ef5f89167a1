// Asks npm's jose about signed statements.
import { CompactSign, compactVerify, decodeProtectedHeader, importJWK } from 'jose'

import { run } from './protocol.mjs'

const utf8 = new TextDecoder()

// The key is read for the algorithm that the header names, as a program must that knows the key and not yet the algorithm.
async function judge({ jws, key }) {
  const { alg } = decodeProtectedHeader(jws)
  const { payload } = await compactVerify(jws, await importJWK(key, alg))
  return { payload: utf8.decode(payload) }
}

async function make({ private: key, header, payload }) {
  const members = JSON.parse(header)
  const sign = new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader(members)
  return { made: await sign.sign(await importJWK(key, members.alg)) }
}

await run('jose', 'jose', { judge, make })
