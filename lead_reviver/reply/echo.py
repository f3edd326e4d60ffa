"""A responder that only says which messages it answers: for crash tests and benchmarks, never for leads.

Since each answer names what it covers, a test can tell from the phone alone whether every message was answered once
and in order.
"""

from __future__ import annotations

from lead_reviver.decide.conversation import Decision, Turn


class EchoResponder:
    """Answers "Read: " and the messages of the turn. Implements the `Llm` port; refused in production."""

    name = "echo"
    instant = True

    async def decide(self, turn: Turn) -> Decision:
        """Decide about one turn."""
        read = " | ".join(line.text or line.kind for line in turn.messages)
        return Decision("answer", "Repeats what it read.", text=f"Read: {read}"[:600], model=self.name)
