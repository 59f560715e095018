// Check answers of a stand-in against the lexicons that come with the real PDS.
//
//   node lexicons.mjs < ANSWERS      lines of {"method", "body"}; prints what is wrong with each
import path from 'node:path'
import readline from 'node:readline'
import { createRequire } from 'node:module'

const require = createRequire(path.join(process.cwd(), 'package.json'))
const { app } = require('@atproto/pds')

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { method, body } = JSON.parse(line)
  const lexicon = method.split('.').slice(1).reduce((part, name) => part[name], app)
  const result = lexicon.main.output.schema.safeParse(body)
  console.log(JSON.stringify({ method, wrong: result.success ? null : String(result.reason ?? result.error) }))
}
