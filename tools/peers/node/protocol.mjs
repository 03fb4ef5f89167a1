// Reads a task on standard input, asks a library, and writes what it said, in the form that tools/peers records.
import { readFileSync } from 'node:fs'

// version is that of an installed package.
function version(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version
}

// words are what a library says when it refuses.
function words(error) {
  return error?.message ? `${error.name}: ${error.message}` : String(error)
}

// answer asks for each question and keeps what was said, a refusal too.
async function answer(asks, fn) {
  const answers = []
  for (const { name, input } of asks) {
    const said = await fn(input).catch((error) => ({ refused: words(error) }))
    answers.push({ name, input, said })
  }
  return answers
}

export async function run(peer, name, { judge, make }) {
  const task = JSON.parse(readFileSync(0, 'utf8'))
  const said = {
    peer,
    version: version(name),
    runtime: `Node.js ${process.version}`,
    judged: await answer(task.judge, judge),
    made: await answer(task.make, make),
  }
  process.stdout.write(JSON.stringify(said))
}
