/** A language by its code, in the reader's own: "es" is Spanish. */
export function languageName(code: string): string {
  return new Intl.DisplayNames(undefined, { type: 'language' }).of(code) ?? code
}
