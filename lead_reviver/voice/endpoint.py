"""A transcriber behind OpenAI's audio API: OpenAI's own, or anything on a machine of one's own that speaks it
(whisper.cpp's server, Speaches, vLLM, LocalAI).

One call a note; where the model says how sure it is of its words (`avg_logprob` of segments, or `logprobs`), that is
the confidence. One that does not say leaves it open, and its words count for nothing.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import aiohttp
import orjson

from lead_reviver.decide.voice import Transcript
from lead_reviver.errors import RefusedByRules, SettingsError, TryAgainLater

OPENAI: Final = "https://api.openai.com/v1"
LARGEST_ANSWER: Final = 1024 * 1024
_BUSY_WAIT_SECONDS: Final = 0.5
_TRIES: Final = 2
_ENDINGS: Final = {"audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "aac", "audio/amr": "amr"}
_LANGUAGES: Final = {
    "english": "en", "spanish": "es", "portuguese": "pt", "french": "fr", "german": "de", "italian": "it",
    "hindi": "hi", "arabic": "ar",
}  # fmt: skip
"""Whisper writes them out."""


_Response = AbstractAsyncContextManager[aiohttp.ClientResponse]


class TranscriberAway(TryAgainLater):
    """The endpoint is away, overloaded or too slow."""


class NotTranscribed(RefusedByRules):
    """The endpoint does not want this file, refuses the key, or says nothing that can be read."""


class EndpointTranscriber:
    """Transcribes at one endpoint. Implements `Transcriber`."""

    def __init__(self, name: str, url: str | None, key: str | None, seconds: float) -> None:
        """`name` is provider:model, `seconds` how long one note may take, all tries together.

        Raises `SettingsError` for a provider that cannot be used.
        """
        provider, _, model = name.partition(":")
        if provider != "openai" or not model:
            raise SettingsError(
                f"LEAD_REVIVER_TRANSCRIBE is {name!r}, which cannot be used here; set it to none, or to openai:model, "
                "for example openai:whisper-1 (with LEAD_REVIVER_TRANSCRIBE_URL for an endpoint of your own)."
            )
        self.name, self._model = name, model
        self._url = f"{(url or OPENAI).rstrip('/')}/audio/transcriptions"
        self._key, self._seconds = key, seconds
        self._session: aiohttp.ClientSession | None = None

    async def transcribe(self, sound: bytes, mime: str, language: str | None) -> Transcript:
        """Return what a recording says. Raises `TranscriberAway`, `NotTranscribed`."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                said = await self._ask(sound, mime, language)
        except TimeoutError:
            raise TranscriberAway(f"The transcriber took longer than {self._seconds:.0f} s.") from None
        return _read(said, language, self.name, round((time.monotonic() - began) * 1000))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, sound: bytes, mime: str, language: str | None) -> bytes:
        for tries_left in reversed(range(_TRIES)):
            try:
                async with self._post(sound, mime, language) as answer:
                    body = await answer.content.read(LARGEST_ANSWER + 1)
                    while len(body) <= LARGEST_ANSWER and not answer.content.at_eof():
                        body += await answer.content.read(LARGEST_ANSWER + 1)
                    if answer.status == 200 and len(body) <= LARGEST_ANSWER:
                        return body
                    if answer.status not in (408, 409, 425, 429) and answer.status < 500:
                        raise NotTranscribed(f"The transcriber answers with HTTP {answer.status}.")
                    why = f"HTTP {answer.status}"
            except aiohttp.ClientError as error:
                why = type(error).__name__
            if tries_left:
                await asyncio.sleep(_BUSY_WAIT_SECONDS)
        raise TranscriberAway(f"The transcriber does not answer ({why}).")

    def _post(self, sound: bytes, mime: str, language: str | None) -> _Response:
        # No redirects: a recording goes where the operator says, and nowhere else.
        return self._open().post(self._url, data=self._form(sound, mime, language), allow_redirects=False)

    def _form(self, sound: bytes, mime: str, language: str | None) -> aiohttp.FormData:
        bare = mime.partition(";")[0].strip().lower()
        form = aiohttp.FormData()
        form.add_field("model", self._model)
        form.add_field("temperature", "0")
        if language is not None:
            form.add_field("language", language)
        if self._model.endswith("-transcribe"):  # these know no segments, and say how sure they are of each token
            form.add_field("response_format", "json")
            form.add_field("include[]", "logprobs")
        else:
            form.add_field("response_format", "verbose_json")
        form.add_field("file", sound, filename=f"voice.{_ENDINGS.get(bare, 'ogg')}", content_type=bare)
        return form

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            headers = {"authorization": f"Bearer {self._key}"} if self._key else {}
            self._session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=self._seconds))
        return self._session


def _read(body: bytes, asked: str | None, model: str, took_ms: int) -> Transcript:
    try:
        said = orjson.loads(body)
        text = said["text"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        text = None
    if not isinstance(text, str):
        raise NotTranscribed("The transcriber's answer cannot be read.")
    named = said.get("language")
    named = named.lower() if isinstance(named, str) else None
    language = _LANGUAGES.get(named, named) if named else asked
    return Transcript(text, language, _confidence(said), _number(said.get("duration")) or 0.0, model, took_ms)


def _confidence(said: dict[str, Any]) -> float | None:
    """Return the mean probability of what was written, times that of there being speech at all."""
    segments = said.get("segments")
    if isinstance(segments, list) and segments:
        weights, sums = 0.0, 0.0
        for each in segments:
            logprob = _number(each.get("avg_logprob")) if isinstance(each, dict) else None
            if logprob is None:
                return None
            long = max((_number(each.get("end")) or 0.0) - (_number(each.get("start")) or 0.0), 0.1)
            silent = min(max(_number(each.get("no_speech_prob")) or 0.0, 0.0), 1.0)
            weights, sums = weights + long, sums + long * math.exp(min(logprob, 0.0)) * (1 - silent)
        return round(sums / weights, 3)
    tokens = said.get("logprobs")
    if isinstance(tokens, list) and tokens:
        found = [_number(each.get("logprob")) if isinstance(each, dict) else None for each in tokens]
        known = [each for each in found if each is not None]
        if len(known) == len(found):
            return round(math.exp(min(sum(known) / len(known), 0.0)), 3)
    return None


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None
