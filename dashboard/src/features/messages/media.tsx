import { DownloadIcon, FileTextIcon, ImageOffIcon, MicIcon, PauseIcon, PlayIcon } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'

import { Dialog, DialogContent, DialogTitle } from '@/components/ui/dialog'
import { Skeleton } from '@/components/ui/skeleton'
import { cn } from '@/lib/cn'
import { type Media, MediaGone, useMedia } from '@/lib/media'

/** True from the moment the element comes near the screen. */
function useSeen(): [React.RefObject<HTMLDivElement | null>, boolean] {
  const element = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (!element.current || seen) return
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: '200px' },
    )
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [seen])
  return [element, seen]
}

function Missing({ what, error, onRetry }: { what: string; error: Error; onRetry: () => void }) {
  return (
    <div className="flex w-60 max-w-full items-center gap-2.5 rounded-lg bg-foreground/6 px-3 py-2.5 text-[13px]">
      <ImageOffIcon className="size-4 shrink-0 opacity-70" aria-hidden />
      {error instanceof MediaGone ? (
        <span>This {what} is gone: WhatsApp keeps media for a few days only.</span>
      ) : (
        <span>
          This {what} could not be loaded.{' '}
          <button
            type="button"
            onClick={onRetry}
            className="focus-ring rounded font-medium underline underline-offset-2"
          >
            Try again
          </button>
        </span>
      )}
    </div>
  )
}

type MediaProps = { messageId: string; name: string }

export function Picture({ messageId, name, sticker = false }: MediaProps & { sticker?: boolean }) {
  const [element, seen] = useSeen()
  const media = useMedia(messageId, seen)
  const url = media.data?.url ?? null
  const [large, setLarge] = useState(false)
  const what = sticker ? 'sticker' : 'photo'
  const box = sticker ? 'size-32' : 'w-72 max-w-full aspect-[4/3]'
  return (
    <div ref={element}>
      {media.isError ? (
        <Missing what={what} error={media.error} onRetry={() => void media.refetch()} />
      ) : url === null ? (
        <div role="status" aria-label={`Loading ${what}`}>
          <Skeleton className={cn(box, 'rounded-xl')} />
        </div>
      ) : sticker ? (
        <img src={url} alt={name} className="size-32 object-contain" />
      ) : (
        <>
          <button
            type="button"
            onClick={() => setLarge(true)}
            aria-label={`Look at ${name} larger`}
            className={cn('focus-ring block overflow-hidden rounded-xl', box)}
          >
            <img src={url} alt="" className="size-full object-cover" />
          </button>
          <Dialog open={large} onOpenChange={setLarge}>
            <DialogContent aria-describedby={undefined} className="max-w-4xl bg-popover p-2">
              <DialogTitle className="sr-only">{name}</DialogTitle>
              <img src={url} alt={name} className="max-h-[82dvh] w-full rounded-lg object-contain" />
            </DialogContent>
          </Dialog>
        </>
      )}
    </div>
  )
}

export function Video({ messageId, name }: MediaProps) {
  const [wanted, setWanted] = useState(false)
  const media = useMedia(messageId, wanted)
  const url = media.data?.url ?? null
  if (media.isError) return <Missing what="video" error={media.error} onRetry={() => void media.refetch()} />
  if (url) {
    return (
      // oxlint-disable-next-line jsx-a11y/media-has-caption -- a lead's own video comes without captions
      <video
        src={url}
        controls
        autoPlay
        aria-label={name}
        className="aspect-video w-72 max-w-full rounded-xl bg-black"
      />
    )
  }
  return (
    <button
      type="button"
      onClick={() => setWanted(true)}
      disabled={wanted}
      aria-label={wanted ? 'Loading video' : `Play ${name}`}
      className="focus-ring flex aspect-video w-72 max-w-full items-center justify-center rounded-xl bg-[oklch(0.3_0.03_215)] text-white"
    >
      <span
        className={cn('flex size-12 items-center justify-center rounded-full bg-white/20', wanted && 'animate-pulse')}
      >
        <PlayIcon className="size-5 fill-current" />
      </span>
    </button>
  )
}

export function Sound({ messageId, voice, onDark }: { messageId: string; voice: boolean; onDark: boolean }) {
  const [wanted, setWanted] = useState(false)
  const media = useMedia(messageId, wanted)
  const url = media.data?.url ?? null
  const audio = useRef<HTMLAudioElement>(null)
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [length, setLength] = useState(0)
  if (media.isError) return <Missing what="recording" error={media.error} onRetry={() => void media.refetch()} />

  const toggle = () => {
    if (!url) setWanted(true)
    else if (audio.current?.paused) void audio.current.play()
    else audio.current?.pause()
  }
  const what = voice ? 'voice message' : 'recording'
  return (
    <div className="flex w-64 max-w-full items-center gap-3 py-0.5">
      <button
        type="button"
        onClick={toggle}
        aria-label={playing ? `Pause ${what}` : `Play ${what}`}
        className={cn(
          'focus-ring flex size-9 shrink-0 items-center justify-center rounded-full',
          onDark ? 'bg-white/20' : 'bg-primary text-primary-foreground',
          wanted && !url && 'animate-pulse',
        )}
      >
        {playing ? (
          <PauseIcon className="size-4 fill-current" />
        ) : (
          <PlayIcon className="size-4 translate-x-px fill-current" />
        )}
      </button>
      <span className="flex min-w-0 flex-1 flex-col gap-1">
        <input
          type="range"
          aria-label={`Position in the ${what}`}
          min={0}
          max={length || 1}
          step={0.1}
          value={at}
          disabled={!url}
          onChange={(event) => {
            if (audio.current) audio.current.currentTime = Number(event.target.value)
          }}
          className="h-1 w-full cursor-pointer accent-current"
        />
        <span className="flex items-center gap-1 text-xs opacity-80">
          {voice && <MicIcon className="size-3" aria-hidden />}
          <span className="tabular-nums">
            {url ? `${seconds(at)} / ${seconds(length)}` : voice ? 'Voice message' : 'Audio'}
          </span>
        </span>
      </span>
      {url && (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- a lead's own recording comes without captions
        <audio
          ref={audio}
          src={url}
          autoPlay
          onPlay={() => setPlaying(true)}
          onPause={() => setPlaying(false)}
          onEnded={() => setPlaying(false)}
          onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
          onLoadedMetadata={(event) =>
            setLength(Number.isFinite(event.currentTarget.duration) ? event.currentTarget.duration : 0)
          }
        />
      )}
    </div>
  )
}

const seconds = (value: number): string =>
  `${Math.floor(value / 60)}:${String(Math.floor(value % 60)).padStart(2, '0')}`

/** A file is only ever saved, never opened in this page's origin. */
export function DocumentFile({
  messageId,
  filename,
  format,
}: {
  messageId: string
  filename: string
  format: string | null
}) {
  const [wanted, setWanted] = useState(false)
  const media = useMedia(messageId, wanted)
  const saved = useRef(false)
  useEffect(() => {
    if (!media.data || saved.current) return
    saved.current = true
    save(media.data, filename)
  }, [media.data, filename])
  if (media.isError) return <Missing what="document" error={media.error} onRetry={() => void media.refetch()} />
  return (
    <button
      type="button"
      onClick={() => (media.data ? save(media.data, filename) : setWanted(true))}
      className="focus-ring flex w-72 max-w-full items-center gap-3 rounded-lg bg-foreground/6 px-3 py-2.5 text-left hover:bg-foreground/10"
    >
      <FileTextIcon className="size-6 shrink-0 opacity-70" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          <span className="sr-only">Save </span>
          {filename}
        </span>
        <span className="block text-xs opacity-75">
          {wanted && media.isPending ? 'Loading…' : `${format ?? 'File'} document`}
        </span>
      </span>
      <DownloadIcon className="size-4 shrink-0 opacity-70" aria-hidden />
    </button>
  )
}

function save({ url }: Media, filename: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
}

/** A drawing that stands for a map: nothing about the place is asked of anybody else. */
export function Place({
  latitude,
  longitude,
  name,
  address,
}: {
  latitude: number
  longitude: number
  name: string | null
  address: string | null
}): ReactNode {
  const turn = Math.abs(Math.round((latitude * 7919 + longitude * 104729) * 10)) % 360
  const coordinates = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`
  return (
    <a
      href={`https://www.google.com/maps/search/?api=1&query=${latitude},${longitude}`}
      target="_blank"
      rel="noopener noreferrer"
      className="focus-ring block w-72 max-w-full overflow-hidden rounded-xl bg-foreground/6"
    >
      <svg viewBox="0 0 288 120" className="block w-full" aria-hidden>
        <rect width="288" height="120" className="fill-[oklch(0.92_0.03_150)] dark:fill-[oklch(0.3_0.025_170)]" />
        <g transform={`rotate(${turn} 144 60)`}>
          <path
            d="M-100 96 C 40 70 90 130 400 84 V 300 H -100Z"
            className="fill-[oklch(0.86_0.045_220)] dark:fill-[oklch(0.35_0.045_225)]"
          />
          <g
            fill="none"
            strokeLinecap="round"
            className="stroke-[oklch(0.99_0.004_95)] dark:stroke-[oklch(0.42_0.015_200)]"
          >
            <path d="M-60 30 L 360 46" strokeWidth="9" />
            <path d="M70 -120 L 96 260" strokeWidth="7" />
            <path d="M200 -120 L 176 260 M-60 -30 L 360 -12 M20 -120 L 34 260 M262 -120 L 250 260" strokeWidth="4" />
          </g>
        </g>
        <circle cx="144" cy="66" r="4" opacity=".25" />
        <path d="M144 66c-10-12-15-18-15-26a15 15 0 0 1 30 0c0 8-5 14-15 26Z" className="fill-[oklch(0.58_0.19_27)]" />
        <circle cx="144" cy="40" r="5" fill="#fff" />
      </svg>
      <span className="block px-3 py-2">
        <span className="block truncate font-medium">{name ?? 'Shared location'}</span>
        <span className="block truncate text-xs opacity-80">{address ?? coordinates}</span>
        <span className="mt-0.5 block text-xs underline underline-offset-2">Open in Maps</span>
      </span>
    </a>
  )
}
