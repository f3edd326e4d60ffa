import type { Transcript } from '@/lib/database'

const DOUBTS: Record<NonNullable<Transcript['doubt']>, string> = {
  not_listened: 'Not transcribed',
  unclear: 'Not understood well enough, so the bot did not act on it',
  maybe_no: 'Not understood well enough; perhaps a wish not to be written to',
  too_long: 'Too long to be transcribed',
  late: 'Could not be transcribed in time',
  gone: 'WhatsApp no longer has this recording',
}

/** What was heard in a voice note, how sure that is, and whether the bot relied on it. */
export function VoiceTranscript({ transcript }: { transcript: Transcript }) {
  const { text, confidence, doubt } = transcript
  const sure = confidence == null ? null : `${Math.round(confidence * 100)} % sure`
  return (
    <div className="mt-1.5 max-w-72 border-t border-current/15 pt-1.5 text-[13px]">
      {text && (
        <p className={doubt ? 'italic opacity-75' : undefined}>
          <span className="sr-only">Transcript: </span>
          {text}
        </p>
      )}
      <p className="mt-0.5 text-xs opacity-75">
        {[doubt ? DOUBTS[doubt] : 'Transcript', text ? sure : null].filter(Boolean).join(' · ')}
      </p>
    </div>
  )
}
