/** WhatsApp's own marks (*bold*, _italic_, ~struck~, ```code```) and links, as tokens. No HTML is ever made. */
export type Token =
  { type: 'text' | 'bold' | 'italic' | 'strike' | 'code'; text: string } | { type: 'link'; text: string; href: string }

const LINK = /\bhttps?:\/\/[^\s<>"]+|\bwww\.[^\s<>"]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/gi
const MARK =
  /```([^`]+)```|(?<![\p{L}\p{N}])\*([^*\s](?:[^*\n]*[^*\s])?)\*(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_([^_\s](?:[^_\n]*[^_\s])?)_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])~([^~\s](?:[^~\n]*[^~\s])?)~(?![\p{L}\p{N}])/gu

export function richText(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (const match of text.matchAll(LINK)) {
    const trailing = /[.,!?;:)\]'"]+$/.exec(match[0])?.[0].length ?? 0
    const shown = match[0].slice(0, match[0].length - trailing)
    tokens.push(...marks(text.slice(at, match.index)))
    tokens.push({ type: 'link', text: shown, href: hrefOf(shown) })
    at = match.index + shown.length
  }
  tokens.push(...marks(text.slice(at)))
  return tokens
}

function hrefOf(shown: string): string {
  if (/^https?:\/\//i.test(shown)) return shown
  return /^www\./i.test(shown) ? `https://${shown}` : `mailto:${shown}`
}

function marks(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (const match of text.matchAll(MARK)) {
    if (match.index > at) tokens.push({ type: 'text', text: text.slice(at, match.index) })
    const [whole, code, bold, italic, strike] = match
    if (code !== undefined) tokens.push({ type: 'code', text: code })
    else if (bold !== undefined) tokens.push({ type: 'bold', text: bold })
    else if (italic !== undefined) tokens.push({ type: 'italic', text: italic })
    else if (strike !== undefined) tokens.push({ type: 'strike', text: strike })
    at = match.index + whole.length
  }
  if (at < text.length) tokens.push({ type: 'text', text: text.slice(at) })
  return tokens
}
