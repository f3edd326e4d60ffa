"""Real language models, by way of pydantic-ai: the only place that imports it.

OpenAI and everything that speaks its chat API come with the extra `model`; other providers with pydantic-ai's own
extras. No tools, no history, no telemetry of content; one request a call, since the chain does the repeating.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from pydantic_ai import Agent, NativeOutput, ToolOutput
from pydantic_ai.exceptions import (
    AgentRunError,
    ContentFilterError,
    ModelAPIError,
    ModelHTTPError,
    ModelRequestTimeout,
    ModelTimeoutError,
    RunTimedOut,
    UserError,
)
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model as ProviderModel
from pydantic_ai.models import infer_model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers import Provider, infer_provider_class
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage

from lead_reviver.errors import SettingsError
from lead_reviver.reply.prompt import estimated_tokens
from lead_reviver.reply.proposal import Address, Answered, Failure, ModelFailed, Prompt, Proposal, Spent

_MOST_TOKENS_OUT: Final = 1500
"""A proposal has about 150; the rest is for models that think first."""
_MILLION: Final = 1_000_000


class ProviderModelAdapter:
    """One real model. Implements `Model`."""

    def __init__(self, address: Address, seconds: float) -> None:
        """`seconds` is how long one call may take. Raises `SettingsError` when the model cannot be used."""
        self.name = address.name
        self._seconds = seconds
        model = _model_at(address)
        output = NativeOutput if model.profile.get("supports_json_schema_output") else ToolOutput
        self._agent: Agent[object, Proposal] = Agent(
            model,
            output_type=output(Proposal, name="proposal"),
            retries=0,
            model_settings=ModelSettings(
                max_tokens=_MOST_TOKENS_OUT, timeout=seconds, max_retries=0, thinking=False, cache=True
            ),
        )

    async def propose(self, prompt: Prompt) -> Answered:
        """Ask once. Raises `ModelFailed`."""
        usage = RunUsage()
        try:
            result = await self._agent.run(
                prompt.fresh, instructions=prompt.stable, usage=usage, timeout=self._seconds, infer_name=False
            )
        except (AgentRunError, UserError, OSError, ValueError) as error:
            failure = _failure(error)
            spent = _spent(usage, None)
            if failure == "timeout" and not spent.tokens_in:  # the provider may bill what nobody read
                spent = Spent(tokens_in=estimated_tokens(prompt.stable) + estimated_tokens(prompt.fresh))
            wait = error.retry_after if isinstance(error, ModelAPIError) else None
            raise ModelFailed(self.name, failure, spent, wait) from None
        return Answered(result.output, self.name, _spent(usage, result.response))


def _model_at(address: Address) -> ProviderModel:
    provider, _, name = address.name.partition(":")
    if address.url is not None:
        if provider not in ("openai", "openai-chat"):
            raise SettingsError(f"LEAD_REVIVER_MODEL_URL is for models named openai:..., not for {address.name!r}.")
        endpoint = OpenAIProvider(base_url=address.url, api_key=address.key or "none")
        return OpenAIChatModel(name, provider=endpoint)
    if provider == "openai":
        provider = "openai-chat"

    def with_key(called: str) -> Provider[Any]:
        made: Any = infer_provider_class(called)
        own: Provider[Any] = made(api_key=address.key) if address.key else made()
        return own

    try:
        return infer_model(f"{provider}:{name}", provider_factory=with_key)
    except (ImportError, UserError, ValueError, TypeError) as error:
        hint = "install its package" if isinstance(error, ImportError) else "check the name and LEAD_REVIVER_MODEL_KEY"
        raise SettingsError(f"The model {address.name!r} cannot be used ({type(error).__name__}); {hint}.") from None


def _failure(error: Exception) -> Failure:
    if isinstance(error, ModelTimeoutError | ModelRequestTimeout | RunTimedOut):
        return "timeout"
    if isinstance(error, ModelHTTPError) and error.status_code not in (408, 409, 425, 429) and error.status_code < 500:
        return "denied"
    if isinstance(error, ModelAPIError | OSError):
        return "busy"
    if isinstance(error, ContentFilterError) or "refus" in str(error).casefold():
        return "refused"
    return "denied" if isinstance(error, UserError) else "nonsense"


def _spent(usage: RunUsage, response: ModelResponse | None) -> Spent:
    micros, currency = 0, None
    if response is not None:
        try:
            price = response.cost().total_price
        except (LookupError, ValueError, AssertionError):
            price = Decimal(0)  # an own endpoint has no list price
        micros, currency = round(price * _MILLION), "USD" if price else None
    return Spent(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, micros, currency)
