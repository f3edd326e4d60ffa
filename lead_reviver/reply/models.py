"""Which `Llm` the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lead_reviver.errors import SettingsError
from lead_reviver.ports import Llm
from lead_reviver.reply.echo import EchoResponder
from lead_reviver.reply.model_chain import Chain
from lead_reviver.reply.model_responder import ModelResponder
from lead_reviver.reply.proposal import Address, Budget
from lead_reviver.reply.responder import FindPlaybook, PlaybookResponder


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the settings say about the model."""

    names: str
    """`playbook`, or `provider:name` in the order in which they are asked, comma separated."""
    urls: str = ""
    """One for all, or one each; empty for the provider's own address."""
    keys: str = field(default="", repr=False)
    """Likewise."""
    seconds: float = 8.0
    """For one call."""
    patience: float = 20.0
    """For all calls of one turn."""


def model_called(
    choice: ModelChoice, find_playbook: FindPlaybook, budget: Budget | None = None, *, production: bool
) -> Llm:
    """Return what answers turns. Raises `SettingsError` for a model that cannot be used."""
    if choice.names == PlaybookResponder.name:
        return PlaybookResponder(find_playbook)
    if choice.names == EchoResponder.name and not production:
        return EchoResponder()
    addresses = _addresses(choice)
    try:
        # Imported here: the core runs without it, and it takes a second and 85 MB.
        from lead_reviver.reply.models_provider import ProviderModelAdapter  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            f"LEAD_REVIVER_MODEL is {choice.names!r}, which needs the extra 'model' ({error.name} is missing); "
            f"install lead-reviver[model], or set it to {PlaybookResponder.name!r}."
        ) from None
    if budget is None:
        raise SettingsError("A model needs a budget.")
    chain = Chain([ProviderModelAdapter(each, choice.seconds) for each in addresses])
    return ModelResponder(chain, budget, find_playbook, patience=choice.patience)


def _addresses(choice: ModelChoice) -> list[Address]:
    names = [each.strip() for each in choice.names.split(",")]
    if not all(provider and name for provider, _, name in (each.partition(":") for each in names)):
        raise SettingsError(
            f"LEAD_REVIVER_MODEL is {choice.names!r}, which cannot be used here; set it to "
            f"{PlaybookResponder.name!r}, or to provider:name, for example openai:gpt-5-mini."
        )
    urls = _each("LEAD_REVIVER_MODEL_URL", choice.urls, names)
    keys = _each("LEAD_REVIVER_MODEL_KEY", choice.keys, names)
    return [Address(name, url, key) for name, url, key in zip(names, urls, keys, strict=True)]


def _each(setting: str, given: str, names: Sequence[str]) -> list[str | None]:
    """Return one value a model: the same for all, or one each."""
    values = [each.strip() or None for each in given.split(",")]
    if len(values) == 1:
        return values * len(names)
    if len(values) != len(names):
        raise SettingsError(f"{setting} holds {len(values)} values for {len(names)} models; give one, or one each.")
    return values
