"""What of a turn a classifier is asked about, and what its answer changes. Pure.

It may add a suspicion and clears nothing that the rules found, so it is only asked where these found no wish to be left
alone.
"""

from __future__ import annotations

from typing import Final

from lead_reviver.decide.conversation import Turn
from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.decide.wishes import GRAVE, Wish
from lead_reviver.reply.sent import NOT_SAID

SOUNDS_LIKE_NO: Final = "This sounds like a wish not to be written to, though no rule says so; a person should read it."
MOST_TEXTS: Final = 6
"""Of one turn; the newest."""
_FEWEST_LETTERS: Final = 3


def texts_to_read(turn: Turn) -> list[str]:
    """Return what the lead typed, newest last, where the rules hold and stop nothing."""
    lead = turn.conversation.lead
    if turn.just_opted_out or lead.opted_out_at is not None or turn.conversation.mode == "human":
        return []
    if any(opt_out_level(line.text, line.reply_id) is not OptOut.NONE for line in turn.messages):
        return []
    said = [line.text for line in turn.messages if line.text and line.reply_id is None and line.kind not in NOT_SAID]
    return [text for text in said if sum(map(str.isalpha, text)) >= _FEWEST_LETTERS][-MOST_TEXTS:]


def sounds_like_no(turn: Turn, wish: Wish | None) -> bool:
    """Whether one of the turn's messages sounds like a wish not to be written to; `wish` is what the rules heard.

    A death, a lawyer or a wrong number calls a person anyway, in words of its own.
    """
    return wish not in GRAVE and any(each.refuses for each in turn.impressions)
