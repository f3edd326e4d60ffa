import { Card } from '@/components/card'
import { Badge } from '@/components/ui/badge'
import { shortDate } from '@/lib/time'
import type { Fact, Listing, Objection, PlaybookBody } from './body'
import { Said, Topic } from './view-parts'
import { isOver, type Language, price } from './words'

type KnowledgeProps = { body: PlaybookBody; language: Language; now: Date }

/** What the bot may say about the business, what is for sale, and how it answers doubts. */
export function Knowledge({ body, language, now }: KnowledgeProps) {
  const { facts = [], listings = [] } = body.knowledge ?? {}
  return (
    <>
      <Card title="Knowledge" hint="What leads ask, and the one approved answer. What is out of date goes to a person.">
        <ul className="flex flex-col gap-4 empty:hidden">
          {facts.map((each) => (
            <FactItem key={each.topic} fact={each} language={language} now={now} />
          ))}
        </ul>
        {facts.length === 0 && <p className="text-muted-foreground">No facts: a person answers what leads ask.</p>}
      </Card>
      <Card title="Listings" hint="Named only while they are available and not out of date.">
        <ul className="flex flex-col divide-y empty:hidden">
          {listings.map((each) => (
            <ListingRow key={each.id} listing={each} currency={body.currency} now={now} />
          ))}
        </ul>
        {listings.length === 0 && <p className="text-muted-foreground">No listings.</p>}
      </Card>
      <Card title="Objections" hint="Answered once; voiced again, a person takes over.">
        <ul className="flex flex-col gap-4 empty:hidden">
          {(body.objections ?? []).map((each) => (
            <ObjectionItem key={each.topic} objection={each} language={language} />
          ))}
        </ul>
        {(body.objections ?? []).length === 0 && <p className="text-muted-foreground">None are prepared.</p>}
      </Card>
    </>
  )
}

const OutOfDate = () => <Badge variant="waiting">Out of date</Badge>

/** Days without a time are read as local ones. */
const day = (text: string) => shortDate(new Date(`${text}T00:00`))

function FactItem({ fact, language, now }: { fact: Fact; language: Language; now: Date }) {
  const over = isOver(fact.valid_until, now)
  return (
    <li>
      <Topic title={fact.topic} badge={over && <OutOfDate />}>
        <p className="text-sm text-foreground">
          <Said texts={fact.answer} language={language} />
        </p>
        <p>
          Asked as “<Said texts={fact.example} language={language} />”
          {fact.valid_until && `, ${over ? 'was true' : 'true'} until ${day(fact.valid_until)}`}
        </p>
      </Topic>
    </li>
  )
}

function ListingRow({ listing, currency, now }: { listing: Listing; currency: string; now: Date }) {
  const over = isOver(listing.valid_until, now)
  const rooms = !listing.bedrooms ? '' : `, ${listing.bedrooms} bedroom${listing.bedrooms === 1 ? '' : 's'}`
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 py-2 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {listing.title}
          {listing.status && listing.status !== 'available' && (
            <Badge>{listing.status === 'sold' ? 'Sold' : 'Reserved'}</Badge>
          )}
          {over && <OutOfDate />}
        </p>
        <p className="text-[13px] text-muted-foreground">
          {listing.area}, {listing.type}
          {rooms}
        </p>
      </div>
      <p className="text-[13px] text-muted-foreground sm:text-right">
        <span className="block text-sm text-foreground tabular-nums">
          {price(listing.price_minor, listing.currency ?? currency)}
        </span>
        {over ? 'Was valid' : 'Valid'} until {day(listing.valid_until)}
      </p>
    </li>
  )
}

function ObjectionItem({ objection, language }: { objection: Objection; language: Language }) {
  return (
    <li>
      <Topic title={objection.topic}>
        <p className="text-sm text-foreground">
          <Said texts={objection.answer} language={language} />
        </p>
        <p>
          Said as “<Said texts={objection.example} language={language} />”
        </p>
      </Topic>
    </li>
  )
}
