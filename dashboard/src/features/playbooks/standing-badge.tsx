import { Badge } from '@/components/ui/badge'
import { type PlaybookVersion, standingOf } from './words'

/** How a version stands, in one look; a draft whose trial failed says so. */
export function StandingBadge({ version }: { version: PlaybookVersion }) {
  const standing = standingOf(version)
  if (standing === 'in force') return <Badge variant="primary">In force</Badge>
  if (standing === 'replaced') return <Badge variant="outline">Replaced</Badge>
  return (
    <>
      <Badge>Draft</Badge>
      {(version.evaluation?.failed.length ?? 0) > 0 && <Badge variant="destructive">Did not pass its trial</Badge>}
    </>
  )
}
