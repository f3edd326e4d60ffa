/** What to call a lead: the name, else the number, else an honest placeholder. */
export function leadName(lead: { name: string | null; phone: string | null }): string {
  return lead.name?.trim() || (lead.phone ? readablePhone(lead.phone) : 'Hidden number')
}

/** An E.164 number in groups that can be read aloud: +34 611 222 333. */
export function readablePhone(phone: string): string {
  const match = /^\+(1|7|2[07]|3[0123469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d+)$/.exec(phone)
  if (!match) return phone
  const rest = match[2]!.replace(/(\d{3})(?=\d{3})/g, '$1 ')
  return `+${match[1]} ${rest}`
}

/** A name as it reads inside a sentence: "chosen by you". */
export function inSentence(name: string): string {
  return name === 'You' ? 'you' : name
}
