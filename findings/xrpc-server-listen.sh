#!/usr/bin/env bash
# @atproto/xrpc-server 0.10.21 (of which Bluesky's PDS is made) with express 4.22.3, on node 20.
# A server with a subscription, mounted in an Express application; a client opens the subscription.
# Expected: `http.createServer(app).listen(…)` and `app.listen(…)` are the same, as Express says they are.
# Seen: only `app.listen` takes WebSockets, as mounting replaces that method; by the other way all of
# HTTP works, and the subscription answers 404, as if there were none.
set -euo pipefail
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund --ignore-scripts @atproto/xrpc-server@0.10.21 express@4.22.3 ws@8.23.0
cat > try.cjs <<'JS'
const http = require('node:http')
const express = require('express')
const { WebSocket } = require('ws')
const { createServer } = require('@atproto/xrpc-server')

const message = { type: 'object', properties: { n: { type: 'integer' } } }
const lexicon = {
  lexicon: 1,
  id: 'com.example.count',
  defs: { main: { type: 'subscription', message: { schema: { type: 'union', refs: ['#one'] } } }, one: message },
}
function application() {
  const xrpc = createServer([lexicon])
  xrpc.streamMethod('com.example.count', async function* () {
    yield { $type: '#one', n: 1 }
  })
  return express().use(xrpc.router)
}
function opened(port) {
  return new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/xrpc/com.example.count`)
    socket.on('open', () => done('open'))
    socket.on('unexpected-response', (_, answer) => done(`HTTP ${answer.statusCode}`))
  })
}
async function main() {
  const ways = {
    'app.listen': (app, ready) => app.listen(0, '127.0.0.1', ready),
    'http.createServer(app).listen': (app, ready) => http.createServer(app).listen(0, '127.0.0.1', ready),
  }
  const seen = {}
  for (const [way, listen] of Object.entries(ways)) {
    const server = await new Promise((done) => { const s = listen(application(), () => done(s)) })
    seen[way] = await opened(server.address().port)
    console.log(`${way}: ${seen[way]}`)
  }
  const expected = JSON.stringify(['open', 'HTTP 404'])
  if (JSON.stringify(Object.values(seen)) !== expected) { console.log('changed'); process.exit(1) }
  process.exit(0)
}
main()
JS
node try.cjs
