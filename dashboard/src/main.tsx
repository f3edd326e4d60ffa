import '@/lib/no-eval'

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { App } from '@/app/app'
import { RetryNotice } from '@/components/notices'
import { createBackend } from '@/lib/backend'
import { loadConfig } from '@/lib/config'
import { startTheme } from '@/lib/theme'
import './index.css'

startTheme()
const root = createRoot(document.getElementById('root')!)

async function start(): Promise<void> {
  try {
    const backend = createBackend(await loadConfig())
    root.render(
      <StrictMode>
        <App backend={backend} />
      </StrictMode>,
    )
  } catch {
    root.render(
      <main className="flex h-full items-center justify-center">
        <RetryNotice what="dashboard" onRetry={() => void start()} />
      </main>,
    )
  }
}

void start()
