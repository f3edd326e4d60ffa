import { LoaderCircleIcon } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'

import { Logo } from '@/components/logo'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { useBackend } from '@/lib/backend'
import { signInProblem } from './problem'

export function SignIn() {
  const { config, supabase } = useBackend()
  const [busy, setBusy] = useState<'form' | 'demo' | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const email = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)

  const signIn = async (how: 'form' | 'demo', credentials: { email: string; password: string }) => {
    setBusy(how)
    setProblem(null)
    const { error } = await supabase.auth.signInWithPassword(credentials)
    setBusy(null)
    if (!error) return
    setProblem(signInProblem(error))
    password.current?.select()
  }

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const credentials = { email: email.current!.value.trim(), password: password.current!.value }
    if (credentials.email === '' || credentials.password === '') {
      setProblem('Enter your email address and your password.')
      ;(credentials.email === '' ? email : password).current?.focus()
      return
    }
    void signIn('form', credentials)
  }

  const { demo } = config
  return (
    <main className="grid min-h-full lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <div className="flex flex-col px-6 py-8 sm:px-12">
        <p className="flex items-center gap-2.5 text-[15px] font-semibold">
          <Logo className="size-7" /> Lead-Reviver
        </p>
        <div className="m-auto w-full max-w-sm py-12">
          <h1 className="text-3xl font-semibold tracking-tight">Good to see you</h1>
          <p className="mt-2 text-[15px] text-muted-foreground">Sign in to read and answer your conversations.</p>
          <form onSubmit={submit} noValidate className="mt-8 flex flex-col gap-5">
            <div className="flex flex-col gap-1.5">
              <label htmlFor="email" className="font-medium">
                Email
              </label>
              <Input
                id="email"
                ref={email}
                type="email"
                name="email"
                autoComplete="username"
                aria-invalid={problem !== null}
                aria-describedby="sign-in-problem"
              />
            </div>
            <div className="flex flex-col gap-1.5">
              <label htmlFor="password" className="font-medium">
                Password
              </label>
              <Input
                id="password"
                ref={password}
                type="password"
                name="password"
                autoComplete="current-password"
                aria-invalid={problem !== null}
                aria-describedby="sign-in-problem"
              />
            </div>
            <p id="sign-in-problem" role="alert" className="text-destructive empty:hidden">
              {problem}
            </p>
            <Button type="submit" size="lg" disabled={busy !== null}>
              {busy === 'form' && <LoaderCircleIcon className="animate-spin" />} Sign in
            </Button>
          </form>
          {demo && (
            <div className="mt-8 border-t pt-6">
              <Button
                variant="outline"
                size="lg"
                className="w-full"
                disabled={busy !== null}
                onClick={() => void signIn('demo', demo)}
              >
                {busy === 'demo' && <LoaderCircleIcon className="animate-spin" />} Use the demo account
              </Button>
              <p className="mt-3 text-center text-[13px] text-muted-foreground">
                This is a demo on your own machine. No message leaves it.
              </p>
            </div>
          )}
        </div>
      </div>
      <Scene />
    </main>
  )
}

/** What the product is about, in three bubbles. Decorative. */
function Scene() {
  return (
    <div
      aria-hidden
      className="relative hidden overflow-hidden bg-[oklch(0.33_0.058_210)] lg:block dark:bg-[oklch(0.225_0.032_212)]"
    >
      <svg className="absolute inset-0 size-full text-white/6" preserveAspectRatio="none" viewBox="0 0 800 900">
        {Array.from({ length: 15 }, (_, line) => (
          <path
            key={line}
            d={`M-20 ${90 + line * 56} C 120 ${90 + line * 56}, 160 ${90 + line * 56}, 240 ${90 + line * 56} S 330 ${40 + line * 50}, 420 ${84 + line * 52} S 560 ${130 + line * 50}, 640 ${78 + line * 53} S 760 ${60 + line * 56}, 840 ${92 + line * 55}`}
            fill="none"
            stroke="currentColor"
            strokeWidth="2"
          />
        ))}
      </svg>
      <div className="relative flex h-full flex-col justify-center gap-4 px-16 xl:px-28">
        <p className="text-[13px] text-white/60">Silent for 14 months</p>
        <p className="max-w-sm self-start rounded-2xl rounded-bl-md bg-white px-5 py-3.5 text-[17px] text-[oklch(0.25_0.03_220)] shadow-lg">
          Hi! Funny you write, we just started looking again.
        </p>
        <p className="max-w-sm self-end rounded-2xl rounded-br-md bg-[oklch(0.85_0.07_192)] px-5 py-3.5 text-[17px] text-[oklch(0.24_0.04_210)] shadow-lg">
          Lovely. How many bedrooms would you need today?
        </p>
        <p className="max-w-sm self-start rounded-2xl rounded-bl-md bg-white px-5 py-3.5 text-[17px] text-[oklch(0.25_0.03_220)] shadow-lg">
          Three, and close to the sea 🌊
        </p>
        <p className="mt-2 flex items-center gap-2 self-end text-[13px] text-white/75">
          <span className="size-2 rounded-full bg-waiting-mark" /> Viewing booked, Thursday 17:00
        </p>
      </div>
    </div>
  )
}
