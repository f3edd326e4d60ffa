import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'

import type { PlaybookBody } from './body'
import { PlaybookView } from './playbook-view'
import { TrialResult } from './trial-result'
import { YamlEditor } from './yaml-editor'

const said = (text: string) => ({ en: text, es: `${text} (es)` })
const body: PlaybookBody = {
  name: 'Buyers',
  languages: ['en', 'es'],
  currency: 'EUR',
  persona: 'Sol',
  greeting: said('Hello'),
  disclosure: said('I am an assistant'),
  honest_answer: said('Yes'),
  noted: said('Noted'),
  thanks: said('Thanks'),
  no_problem: said('Fine'),
  not_understood: said('Sorry'),
  media: said('A picture'),
  cannot_answer: said('A colleague knows'),
  handover: { ...said('A colleague comes'), de: 'Jemand kommt' },
  closing: said('That is all'),
  opt_out_confirmation: said('Understood'),
  questions: [{ field: 'area', type: 'text', why: 'Where to look.', ask: { en: ['Where?'], es: ['¿Dónde?'] } }],
  knowledge: {
    facts: [
      { topic: 'parking', example: said('Parking?'), answer: said('Behind the house'), valid_until: '2026-11-30' },
    ],
    listings: [
      {
        id: '1',
        title: 'Calle Luna 8',
        area: 'Ruzafa',
        type: 'flat',
        price_minor: 28_500_000,
        valid_until: '2026-11-21',
      },
      {
        id: '2',
        title: 'Plaza Alta 3',
        area: 'El Carmen',
        type: 'flat',
        price_minor: 100,
        valid_until: '2027-01-01',
        status: 'sold',
      },
    ],
  },
  never_say: { en: ['last chance'] },
  quiet_hours: { begin: 20, end: 9 },
}
const NOW = new Date('2026-11-22T12:00:00Z')

/** The words on the screen, without the markup. */
const words = (markup: string) => markup.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

test('a playbook shows its texts in the first language, and which listing is out of date', () => {
  const shown = words(renderToStaticMarkup(<PlaybookView body={body} now={NOW} />))
  expect(shown).toContain('Calle Luna 8 Out of date')
  expect(shown).toContain('Plaza Alta 3 Sold')
  expect(shown).toMatch(/Was valid until .*21/)
  expect(shown).not.toContain('parking Out of date')
  expect(shown).toContain('Where?')
  expect(shown).not.toContain('¿Dónde?')
  expect(shown).toContain('20:00 to 9:00')
  expect(shown).toContain('leads who write in German')
})

test('what a playbook leaves out is said to be as usual', () => {
  const shown = words(renderToStaticMarkup(<PlaybookView body={{ ...body, knowledge: {}, never_say: {} }} now={NOW} />))
  for (const said of ['No facts', 'No listings.', 'None are prepared', 'No words of its own', 'never writes unasked']) {
    expect(shown).toContain(said)
  }
})

test('a trial says whether it may be published, and what is wrong', () => {
  const fine = words(renderToStaticMarkup(<TrialResult trial={{ tried: { texts: 3 }, failed: [] }} />))
  expect(fine).toContain('All 3 tries went well')
  const failed = [{ kind: 'texts', item: 'thanks.en', problem: 'it promises something' }]
  const wrong = words(renderToStaticMarkup(<TrialResult trial={{ tried: { texts: 3 }, failed }} />))
  expect(wrong).toContain('1 of 3 tries went wrong')
  expect(wrong).toContain('thanks, English it promises something')
})

test('the editor numbers its lines and marks those that are wrong', () => {
  const markup = renderToStaticMarkup(
    <YamlEditor label="YAML" value={'a\nb\nc'} onChange={() => undefined} marked={[2]} describedBy="problems" />,
  )
  expect(markup).toContain('1\n2\n3</pre>')
  expect(markup).toContain('top:28px')
  expect(markup).toMatch(/aria-invalid="true"[^>]*aria-describedby="problems"/)
})
