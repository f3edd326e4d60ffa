import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

/** The engine that `npm run dev` passes commands and events to. */
const engine = 'http://127.0.0.1:8700'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: { target: 'es2022', chunkSizeWarningLimit: 800 },
  server: { proxy: { '/api': engine, '/config.json': engine } },
  test: { include: ['src/**/*.test.{ts,tsx}'] },
})
