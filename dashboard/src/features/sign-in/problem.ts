/** Why the sign-in did not work, in words that say what to do. */
export function signInProblem(error: {
  status?: number | undefined
  code?: string | undefined
  name?: string
}): string {
  if (error.code === 'invalid_credentials' || error.status === 400) {
    return 'This email address and password do not belong together. Check both and try again.'
  }
  if (error.code === 'email_not_confirmed') return 'Confirm your email address first: we sent you a link.'
  if (error.status === 429) return 'That was too many tries. Wait a minute and try again.'
  return 'The sign-in service does not answer. Check your connection and try again.'
}
