// A Node shop hears of its payments: it verifies tiyin's webhooks and activates each paid order once.
//
//     WEBHOOK_SECRET=whsec_… node receiver.mjs
//
// It is sent to at http://127.0.0.1:8090/webhooks/tiyin.

import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import Database from 'libsql' // SQLite, with better-sqlite3's calls and nothing to compile
import { Webhook } from 'standardwebhooks'

const webhook = new Webhook(process.env.WEBHOOK_SECRET)
const db = new Database(process.env.SHOP_DATABASE ?? 'shop.db', { timeout: 5000 })
db.exec(`
CREATE TABLE IF NOT EXISTS received_events (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS orders (account TEXT PRIMARY KEY, state TEXT DEFAULT 'awaiting', version INTEGER DEFAULT 0,
    activations INTEGER DEFAULT 0);
`)

async function receive(request) {
  const body = await buffer(request) // as it came: JSON that was parsed and written anew has another signature
  let event
  try {
    event = webhook.verify(body, request.headers)
  } catch {
    return 401
  }
  record.immediate(request.headers['webhook-id'], event)
  return 204 // after COMMIT: what fails before it is answered 500, and sent again
}

// In one transaction: that the event was received, and what the shop does about it.
const record = db.transaction((eventId, event) => {
  const { changes } = db.prepare('INSERT INTO received_events VALUES (?) ON CONFLICT DO NOTHING').run(eventId)
  if (changes && !event.test && event.data.order) update(event.data.order)
})

// The shop's own three lines. On PostgreSQL the SELECT ends with FOR UPDATE; here the transaction has locked already.
function update({ account, state, version }) {
  const known = db.prepare('SELECT state FROM orders WHERE account = ? AND version < ?').get(account, version)
  if (!known) return
  db.prepare('UPDATE orders SET state = ?, version = ? WHERE account = ?').run(state, version, account)
  if (state === 'paid' && known.state !== 'paid')
    db.prepare('UPDATE orders SET activations = activations + 1 WHERE account = ?').run(account)
}

createServer(async (request, response) => {
  const status = await receive(request).catch((error) => (console.error(error), 500))
  response.writeHead(status).end()
}).listen(Number(process.env.PORT ?? 8090), '127.0.0.1')
