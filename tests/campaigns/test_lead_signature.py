"""Only who knows the secret may send leads, and only now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lead_reviver.campaigns.lead_secrets import LeadSecrets
from lead_reviver.campaigns.lead_signature import is_signed, sign

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = b'[{"phone": "600"}]'


def test_a_delivery_that_was_just_signed_is_good_with_either_secret_of_a_rotation():
    header = sign(BODY, "old", NOON)
    assert is_signed(BODY, header, ["new", "old"], NOON)
    assert not is_signed(BODY, header, ["new"], NOON)


def test_the_signature_is_what_openssl_makes_of_time_and_body():
    # printf '%s' '1732276800.[{"phone": "600"}]' | openssl dgst -sha256 -hmac a-secret
    made = "db23f5352a8e1698af62a6e53510bbb87124c9b919b8a9ed67e9326dab05ff6c"
    header = sign(BODY, "a-secret", datetime.fromtimestamp(1732276800, UTC))
    assert header == f"t=1732276800,v1={made}"


@pytest.mark.parametrize(("minutes", "good"), [(0, True), (5, True), (6, False), (-5, True), (-6, False)])
def test_a_delivery_is_good_for_five_minutes(minutes: int, good: bool):
    assert is_signed(BODY, sign(BODY, "s", NOON), ["s"], NOON + timedelta(minutes=minutes)) is good


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=1,v1=",
        "v1=" + "0" * 64,
        "t=x,v1=" + "0" * 64,
        f"t={int(NOON.timestamp())},v1={'0' * 64}",
        sign(BODY, "s", NOON).upper(),
        sign(BODY, "s", NOON).replace("t=1", "t=2"),
        sign(BODY + b" ", "s", NOON),
        sign(BODY, "", NOON),
        "t=1,v1=\xff" * 100,
    ],
)
def test_anything_else_is_not_signed(header: str | None):
    assert not is_signed(BODY, header, ["s"], NOON)
    assert not is_signed(BODY, header, [], NOON)
    assert not is_signed(BODY, header, [""], NOON)


def test_the_secret_before_a_rotation_ends_by_itself():
    secrets = LeadSecrets("new", "old", NOON)
    assert secrets.at(NOON - timedelta(seconds=1)) == ["new", "old"]
    assert secrets.at(NOON) == ["new"]
    assert LeadSecrets("new").at(NOON) == ["new"]
