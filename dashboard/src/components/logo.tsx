/** The mark: a flat line that starts to move again. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden>
      <rect width="32" height="32" rx="9" className="fill-[oklch(0.435_0.078_208)]" />
      <path d="M7 18.5c3 0 3-5 6-5s3 5 6 5 3-5 6-5" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <circle cx="24" cy="9" r="3" className="fill-waiting-mark" />
    </svg>
  )
}
