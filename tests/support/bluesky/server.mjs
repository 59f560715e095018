// A directory of DIDs (PLC) and a personal data server (PDS) of Bluesky's, on loopback alone.
//
//   node server.mjs FOLDER PORT      prints a line of JSON when it answers; ends with its stdin
//
// What the PDS keeps lies in FOLDER, and is found there again; PLC keeps what it knows in
// FOLDER/plc.json. Settings of the PDS's own are taken from the environment (PDS_…).
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'

const require = createRequire(path.join(process.cwd(), 'package.json'))
const { PDS, envToCfg, envToSecrets, readEnv } = require('@atproto/pds')
const { MockDatabase, PlcServer } = require('@did-plc/server')

const LOOPBACK = '127.0.0.1'
const [folder, port] = [process.argv[2], Number(process.argv[3])]

/** Have an Express application listen on loopback, wherever it is told to. */
function onLoopback(app) {
  const listen = app.listen
  app.listen = (at, ...more) => listen.call(app, at ?? 0, LOOPBACK, ...more)
}

/** A directory that a restart does not empty. */
class KeptDirectory extends MockDatabase {
  constructor(file) {
    super()
    this.file = file
    if (!fs.existsSync(file)) return
    const { CID } = require('multiformats/cid')
    const known = JSON.parse(fs.readFileSync(file, 'utf8'))
    for (const ops of Object.values(known)) {
      for (const op of ops) {
        op.cid = CID.parse(op.cid)
        op.createdAt = new Date(op.createdAt)
      }
    }
    this.contents = known
  }

  async validateAndAddOp(did, proposed) {
    await super.validateAndAddOp(did, proposed)
    const text = JSON.stringify(this.contents, (key, value) =>
      key === 'cid' && value && typeof value === 'object' ? String(value['/'] ?? value) : value)
    fs.writeFileSync(`${this.file}.new`, text)
    fs.renameSync(`${this.file}.new`, this.file)
  }
}

const plc = PlcServer.create({ db: new KeptDirectory(path.join(folder, 'plc.json')) })
onLoopback(plc.app)
const plcAddress = (await plc.start()).address()

const env = {
  ...readEnv(),
  port,
  hostname: 'localhost',
  devMode: true,
  disableSsrfProtection: true,
  serviceHandleDomains: ['.test'],
  inviteRequired: false,
  dataDirectory: folder,
  blobstoreDiskLocation: path.join(folder, 'blobs'),
  didPlcUrl: `http://${LOOPBACK}:${plcAddress.port}`,
  crawlers: [],
  // Of this folder and this machine alone, and nothing that anybody keeps.
  jwtSecret: 'of the tests',
  adminPassword: 'of the tests',
  plcRotationKeyK256PrivateKeyHex: '1'.repeat(64),
}
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
onLoopback(pds.app)
await pds.start()
console.log(JSON.stringify({ pds: `http://${LOOPBACK}:${port}`, plc: env.didPlcUrl }))

// Whoever started this is gone when the pipe is: nothing stays behind.
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
