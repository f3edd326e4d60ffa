// Loaded before Supabase Lite (node --import). Its Auth routes answer without Access-Control-Allow-Origin, and their
// preflight without Access-Control-Allow-Headers, so that no page of another address could sign in. Hosted Supabase
// allows both.
import { ServerResponse } from 'node:http'

const { writeHead } = ServerResponse.prototype

ServerResponse.prototype.writeHead = function (...answer) {
  const { origin, 'access-control-request-headers': asked } = this.req.headers
  if (origin) this.setHeader('Access-Control-Allow-Origin', '*')
  if (asked && this.req.method === 'OPTIONS') this.setHeader('Access-Control-Allow-Headers', asked)
  return writeHead.apply(this, answer)
}
