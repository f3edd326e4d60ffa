import type { ScoreReason } from '@/lib/database'

/** How far the lead has come, and what that is made of. */
export function Score({ score, reasons }: { score: number; reasons: ScoreReason[] }) {
  return (
    <div>
      <p className="mb-1.5 flex items-baseline justify-between">
        <span className="text-2xl font-semibold tracking-tight tabular-nums">{score}</span>
        <span className="text-[13px] text-muted-foreground">of 100</span>
      </p>
      <div className="h-1.5 overflow-hidden rounded-full bg-muted" aria-hidden>
        <div className="h-full rounded-full bg-primary" style={{ width: `${score}%` }} />
      </div>
      {reasons.length > 0 && (
        <ul aria-label="What the score is made of" className="mt-3 flex flex-col gap-1 text-[13px]">
          {reasons.map(({ points, why }) => (
            <li key={why} className="flex justify-between gap-4">
              <span className="text-muted-foreground">{why}</span>
              <span className="tabular-nums">{points > 0 ? `+${points}` : String(points).replace('-', '−')}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
