import { richText } from './rich-text-tokens'

/** A message's text with WhatsApp's marks and links. */
export function RichText({ text }: { text: string }) {
  return (
    <span className="break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
      {richText(text).map((token, index) => {
        const key = `${index}-${token.type}`
        switch (token.type) {
          case 'link':
            return (
              <a
                key={key}
                href={token.href}
                target="_blank"
                rel="noopener noreferrer nofollow"
                className="focus-ring rounded-sm underline underline-offset-2"
              >
                {token.text}
              </a>
            )
          case 'bold':
            return <strong key={key}>{token.text}</strong>
          case 'italic':
            return <em key={key}>{token.text}</em>
          case 'strike':
            return <s key={key}>{token.text}</s>
          case 'code':
            return (
              <code key={key} className="rounded bg-foreground/8 px-1 font-mono text-[0.9em]">
                {token.text}
              </code>
            )
          default:
            return token.text
        }
      })}
    </span>
  )
}
