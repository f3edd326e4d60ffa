import * as z from 'zod'

// Compiling schemas needs `eval`, which the pages' Content-Security-Policy forbids. Must run before any schema is made.
z.config({ jitless: true })
