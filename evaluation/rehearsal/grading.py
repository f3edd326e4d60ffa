"""What is right and wrong about the end state of a rehearsal. Pure: the record comes in.

Every figure is a share of leads, except the reply language and the fields, which are shares of messages and of values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any, Final

import msgspec

from evaluation.figures import Verdict
from evaluation.rehearsal.cast import Script, Wish
from evaluation.rehearsal.hearing import Moment, bare, language_of, moments, questions, times_offered
from evaluation.rehearsal.lead import stops
from evaluation.rehearsal.lines import TALKERS, lines
from evaluation.rehearsal.play import Played
from evaluation.rehearsal.record import LeadRecord, Meeting, Record, Said
from lead_reviver.reply.playbook import shipped_playbook

NEED_A_PERSON: Final[frozenset[Wish]] = frozenset(
    {"asks", "person", "complaint", "haggles", "origin", "legal", "bereaved", "wrong_person", "foreign"}
)
NEED_NOBODY: Final[frozenset[Wish]] = frozenset({"not_now", "bought", "no_interest"})
"""Beside those who would book."""
_NUMBER: Final = re.compile(r"\d[\d.,]*\d|\d")
_LINK_OF_A_MEETING: Final = re.compile(r"\bhttps?://[\w.:-]+/c/[a-z2-7]{52}$")
_SMALLEST_PRICE: Final = 1000
_YEARS: Final = range(2020, 2100)
_MOST_OF_ONE_QUESTION: Final = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """A lead with whom something went wrong, for a person to read."""

    script: Script
    ended: str
    problems: list[str]
    transcript: list[Said]
    state: str


@dataclass
class Graded:
    """What came of a rehearsal."""

    verdicts: list[Verdict] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    """Characters of each reply."""
    parked: int = 0
    """Turns that were given up."""
    overlaps: int = 0

    def share(self, figure: str) -> tuple[int, int]:
        """Return how many were right, and of how many."""
        own = [each.right for each in self.verdicts if each.figure == figure]
        return sum(own), len(own)


def grade(played: list[Played], record: Record, agents: int) -> Graded:
    """Grade every lead; `agents` is how many show homes."""
    graded = Graded(overlaps=record.overlaps)
    for each in played:
        lead = record.leads[each.guest.lead_id]
        graded.parked += lead.turns.count("parked")
        replies = [said for said in lead.messages if said.author == "bot"]
        graded.lengths += [len(said.text) for said in replies]
        verdicts = list(_verdicts(each, lead, record, agents))
        graded.verdicts += verdicts
        problems = list(dict.fromkeys(f"{one.figure}: {one.got}" for one in verdicts if not one.right))
        if problems:
            script = each.guest.script
            graded.faults.append(Fault(script, each.ended, problems, lead.messages, _state(lead)))
    return graded


def _verdicts(played: Played, lead: LeadRecord, record: Record, agents: int) -> Iterator[Verdict]:
    script = played.guest.script

    def verdict(figure: str, problems: list[str], text: str = "") -> Verdict:
        return Verdict(figure, script.id, script.language, not problems, got="; ".join(problems), text=text)

    if script.would_book:
        yield verdict("booked that should", _not_booked(played, lead))
    yield verdict("nothing booked wrongly", _wrongly_booked(played, lead))
    if "stop" in played.marks:
        yield verdict("stopped that asked", _not_stopped(played, lead))
        yield verdict("stopped at once, by rules", [] if lead.opted_out else ["held for a person at most"])
    if script.wish in NEED_A_PERSON and not stops(script):
        yield verdict("handed over that needed", [] if lead.waits_for else ["nobody is asked to take over"])
    if (script.would_book or script.wish in NEED_NOBODY) and not stops(script):
        yield verdict("nobody called needlessly", [lead.waits_for] if lead.waits_for else [])
    if "farewell" in played.marks:
        yield verdict("let go that said goodbye", list(_not_let_go(played, lead)))
    if script.wish == "not_now":
        yield verdict("asleep until they wish", [] if lead.snoozed else ["no day is stored"])
    yield verdict("nothing said twice", list(_said_twice(lead)))
    yield verdict("nothing false", list(_false(played, lead, record, agents)))
    yield verdict("answered at all", _unanswered(played, lead))
    for said in lead.messages:
        if said.author == "bot" and (found := language_of(said.text)) is not None:
            wrong = [] if found == script.language else [f"{found} to a lead who writes {script.language}"]
            yield verdict("reply language", wrong, said.text)
    if script.would_book and any(each.state == "booked" for each in lead.meetings):
        for name, problem in _fields(played, lead.fields):
            yield verdict("kept what was said", [problem] if problem else [], name)


def _not_booked(played: Played, lead: LeadRecord) -> list[str]:
    booked = _booked(lead)
    if not booked:
        return [f"no meeting; the lead {played.ended}, stage {lead.stage}"]
    moments_booked = [each.moment for each in booked]
    return [] if moments_booked == [played.chosen] else [f"booked {moments_booked}, chosen {played.chosen}"]


def _wrongly_booked(played: Played, lead: LeadRecord) -> list[str]:
    booked = _booked(lead)
    if not played.guest.script.would_book:
        return [f"{len(booked)} meetings of a lead who wants none"] if booked else []
    problems = [f"{len(booked)} meetings at once"] if len(booked) > 1 else []
    never = [each.moment for each in booked if each.moment not in played.ever_chosen]
    return [*problems, *(f"{each}, which the lead never chose" for each in never)]


def _booked(lead: LeadRecord) -> list[Meeting]:
    return [each for each in lead.meetings if each.state == "booked"]


def _not_stopped(played: Played, lead: LeadRecord) -> list[str]:
    held = lead.waits_for is not None  # a doubtful wish: everything automatic is held and a person decides
    problems = [] if lead.opted_out or held else ["neither opted out nor held for a person"]
    after = _after(played.marks["stop"], lead)
    return [*problems, f"{len(after)} messages afterwards"] if len(after) > int(lead.opted_out) else problems


def _not_let_go(played: Played, lead: LeadRecord) -> Iterator[str]:
    after = _after(played.marks["farewell"], lead)
    if len(after) > 1:
        yield f"{len(after)} messages afterwards"
    if any(questions(each.text) for each in after):
        yield "asked something afterwards"


def _after(wamid: str, lead: LeadRecord) -> list[Said]:
    place = next((place for place, said in enumerate(lead.messages) if said.wamid == wamid), len(lead.messages))
    return [said for said in lead.messages[place + 1 :] if said.ours]


def _said_twice(lead: LeadRecord) -> Iterator[str]:
    ours = [said.text for said in lead.messages if said.ours]
    for earlier, later in pairwise(ours):
        if bare(earlier) == bare(later):
            yield f"twice in a row: {later[:60]!r}"
    asked = Counter(question for text in ours for question in questions(text))
    for question, times in asked.items():
        if times > _MOST_OF_ONE_QUESTION:
            yield f"asked {times} times: {question!r}"


def _false(played: Played, lead: LeadRecord, record: Record, agents: int) -> Iterator[str]:
    script = played.guest.script
    spoken = lines(script.language if script.language in TALKERS else "en")
    own = " ".join(said.text for said in lead.messages if said.author == "lead")
    said_by_lead = [int(re.sub(r"\D", "", each)) for each in _NUMBER.findall(own)]
    known = {
        *_stated(),
        script.budget * 1000,
        played.budget * 1000,
        *said_by_lead,
        *(each * 1000 for each in said_by_lead),
    }
    for said in lead.messages:
        if said.author != "bot":
            continue
        if re.search(spoken.booked, said.text, re.IGNORECASE) and not _is_booked(said, lead):
            yield f"says booked without a booking: {said.text[:80]!r}"
        if re.search(spoken.human, said.text, re.IGNORECASE):
            yield "claims to be human"
        words, links = _LINK_OF_A_MEETING.subn("", said.text)
        if "http" in words or (links and not _is_booked(said, lead)):
            yield f"a link to no meeting: {said.text[-80:]!r}"
        if invented := [each for each in _numbers(words) if each not in known]:
            yield f"names a number from nowhere: {invented}"
        for moment in times_offered(said.text):
            if problem := _not_free(moment, said, record, agents):
                yield problem


def _is_booked(said: Said, lead: LeadRecord) -> bool:
    """Whether each time that a text names was booked for the lead when the text was written."""
    named = moments(said.text)
    booked = {each.moment for each in lead.meetings if each.booked_at <= said.at + timedelta(seconds=5)}
    return bool(named) and all(each in booked for each in named)


def _not_free(moment: Moment, said: Said, record: Record, agents: int) -> str | None:
    """Say why an offered time was not free: everybody was booked by then, or nobody works."""
    then = [
        each
        for each in record.meetings
        if each.moment == moment
        and each.booked_at < said.at - timedelta(seconds=5)
        and (each.cancelled_at is None or each.cancelled_at > said.at)
    ]
    if len({each.agent_id for each in then}) >= agents:
        return f"offers {moment}, when everybody is booked"
    return None if "09:00" <= moment.time < "19:00" else f"offers {moment}, when nobody works"


def _numbers(text: str) -> list[int]:
    """Return the numbers of a text that could be prices."""
    found = [int(re.sub(r"\D", "", each)) for each in _NUMBER.findall(text)]
    return [each for each in found if each >= _SMALLEST_PRICE and each not in _YEARS]


@cache
def _stated() -> frozenset[int]:
    """Return every number that the playbook states, also in whole units where it is minor: its prices are known."""
    found = _numbers(str(msgspec.to_builtins(shipped_playbook())))
    return frozenset((*found, *(each // 100 for each in found)))


def _unanswered(played: Played, lead: LeadRecord) -> list[str]:
    if played.ended == "was left without an answer" or "parked" in lead.turns:
        return [f"{played.ended}; turns {lead.turns}"]
    return []


def _fields(played: Played, fields: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Compare what is kept with what the lead knows, where it was kept at all."""
    script = played.guest.script
    wanted = {"bedrooms": script.bedrooms, "area": bare(played.area), "budget": played.budget * 1000}
    for name, value in wanted.items():
        kept = (fields.get(name) or {}).get("value")
        if kept is None:
            continue
        got = kept
        if name == "area":
            got = bare(str(kept))
        elif isinstance(kept, dict) and name == "budget":
            got = (kept.get("max_minor") or kept.get("min_minor") or 0) // 100
        elif isinstance(kept, dict):
            got = kept.get("min") or kept.get("max")
        yield name, None if got == value else f"{name} is {kept!r}, not {value!r}"


def _state(lead: LeadRecord) -> str:
    said = [f"stage {lead.stage}", f"moves {', '.join(lead.moves)}", f"turns {', '.join(lead.turns)}"]
    said += [f"waits for a person: {lead.waits_for}"] if lead.waits_for else []
    said += ["opted out"] if lead.opted_out else []
    said += [f"{each.state} {each.moment}" for each in lead.meetings]
    said += [f"held back: {each}" for each in lead.held_back]
    return "; ".join(said)
