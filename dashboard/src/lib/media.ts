import { type QueryClient, useQuery } from '@tanstack/react-query'

import { useBackend } from '@/lib/backend'

/** The bytes of a message's photo, voice note or file; a missing one is not asked for twice. */
export function useMedia(messageId: string, wanted: boolean) {
  const { authorizedFetch } = useBackend()
  return useQuery({
    queryKey: ['media', messageId],
    queryFn: async ({ signal }) => {
      const response = await authorizedFetch(`/api/media/${messageId}`, { signal })
      if (response.status === 404 || response.status === 410) throw new MediaGone()
      if (!response.ok) throw new Error(`media answered ${response.status}`)
      return keepMedia(await response.blob())
    },
    enabled: wanted,
    retry: (count, error) => !(error instanceof MediaGone) && count < 2,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export type Media = { blob: Blob; url: string }

const keepMedia = (blob: Blob): Media => ({ blob, url: URL.createObjectURL(blob) })

/** Give the memory of media back when nobody has looked at it for a while. Call once per query client. */
export function releaseForgottenMedia(queryClient: QueryClient): void {
  queryClient.getQueryCache().subscribe(({ type, query }) => {
    const media = query.state.data as Media | undefined
    if (type === 'removed' && query.queryKey[0] === 'media' && media) URL.revokeObjectURL(media.url)
  })
}

/** WhatsApp keeps media for a few days only. */
export class MediaGone extends Error {}
