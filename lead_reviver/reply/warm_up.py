"""Read every rule before the first message: otherwise whoever writes first waits for it, and everybody beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from lead_reviver.decide.conversation import Conversation, Lead, Line, Turn
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.responder import respond

SENTENCES: Final = (
    "Hello, I am looking for a flat in Lisbon with two bedrooms for 300,000, but not now, after the summer",
    "Hola, busco un piso en Sevilla con dos dormitorios por 300.000, pero ahora no, después del verano",
    "Olá, procuro um apartamento em Lisboa com dois quartos por 300.000, mas agora não, depois do verão",
    "Guten Tag, keine Nachrichten mehr bitte",
)


def read_rules() -> None:
    """Decide about a few sentences, so that patterns, places and phrases of all languages are there: about a second."""
    said_at = datetime.now(UTC)
    for number, text in enumerate(SENTENCES):
        conversation = Conversation("warm-up", "warm-up", "warm-up", "0", Lead("warm-up"), "Lead-Reviver", "en")
        line = Line(f"warm-up-{number}", "in", "lead", "text", text, said_at)
        respond(Turn("warm-up", conversation, [line]), shipped_playbook())
