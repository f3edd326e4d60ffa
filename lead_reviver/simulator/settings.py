"""What the simulator needs to run, read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lead_reviver.errors import SettingsError

REQUIRED = (
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
    "WHATSAPP_ACCESS_TOKEN",
    "WHATSAPP_PHONE_NUMBER_ID",
    "WHATSAPP_BUSINESS_ACCOUNT_ID",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """One business number at one WhatsApp business account, and where its webhooks go."""

    app_secret: str
    verify_token: str
    access_token: str
    phone_number_id: str
    business_account_id: str
    webhook_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8790
    data_dir: Path | None = None
    """Where leads and chats outlive a restart; None keeps everything in memory."""
    display_phone_number: str = "34600111222"
    """Digits only, as webhooks write it."""
    verified_name: str = "Costa Homes"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> SimulatorSettings:
        """Read the settings; raises `SettingsError` that names what is missing, without any value."""
        given = os.environ if environment is None else environment
        missing = [name for name in REQUIRED if not given.get(name)]
        if missing:
            raise SettingsError(f"The simulator needs {', '.join(missing)}; `lead-reviver up` generates them.")
        port = given.get("LEAD_REVIVER_SIMULATOR_PORT", "8790")
        if not port.isdigit() or not 0 <= int(port) <= 65535:
            raise SettingsError("LEAD_REVIVER_SIMULATOR_PORT must be a port number, 0 to 65535.")
        data_dir = given.get("LEAD_REVIVER_SIMULATOR_DATA_DIR")
        return cls(
            app_secret=given["WHATSAPP_APP_SECRET"],
            verify_token=given["WHATSAPP_VERIFY_TOKEN"],
            access_token=given["WHATSAPP_ACCESS_TOKEN"],
            phone_number_id=given["WHATSAPP_PHONE_NUMBER_ID"],
            business_account_id=given["WHATSAPP_BUSINESS_ACCOUNT_ID"],
            webhook_url=given.get("LEAD_REVIVER_SIMULATOR_WEBHOOK_URL") or None,
            host=given.get("LEAD_REVIVER_SIMULATOR_HOST", "127.0.0.1"),
            port=int(port),
            data_dir=Path(data_dir) if data_dir else None,
        )
