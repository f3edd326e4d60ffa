"""Only Meta, who knows the app secret, gets anything in."""

import hashlib
import hmac

import pytest

from lead_reviver.whatsapp.signature import is_signed

SECRET = b"test-app-secret"
COMPACT = b'{"object":"whatsapp_business_account","entry":[]}'
COMPACT_SIGNATURE = "sha256=c84a394cc475525991e78ff16e430b02e47f953877d2af0ade26956ce6f384dc"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (COMPACT, COMPACT_SIGNATURE),
        (
            b'{"object": "whatsapp_business_account", "entry": []}',
            "sha256=64702efd907cd8ed6665ff0320eef04a4d90a8acfdffbb2cea57336d63f9ddec",
        ),
        (
            rb'{"text":"caf\u00e9 \ud83d\udc4d a\/b"}',
            "sha256=415684accd17ce73508f7a35970d1a778847cdd265c918c1f8bd08d7cdbe04d1",
        ),
        (
            '{"text":"café 👍 a/b"}'.encode(),
            "sha256=d33fe8383a9c915335f7fc2b6f1e64b6bbe2779a98ca3790e225a9ee29cb265b",
        ),
    ],
    ids=["compact", "spaced", "escaped", "utf-8"],
)
def test_a_body_is_accepted_by_its_very_bytes(body: bytes, header: str):
    assert is_signed(body, header, [SECRET])
    assert not is_signed(body + b" ", header, [SECRET])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        COMPACT_SIGNATURE.removeprefix("sha256="),
        COMPACT_SIGNATURE.upper(),
        COMPACT_SIGNATURE + "0",
        COMPACT_SIGNATURE + "\n",
        "sha1=" + "0" * 40,
        "sha256=" + "é" * 64,
        "sha256=" + "0" * 64,
    ],
)
def test_a_body_without_a_proper_signature_is_refused(header: str | None):
    assert not is_signed(COMPACT, header, [SECRET])


def test_while_the_secret_is_rotated_both_sign():
    assert is_signed(COMPACT, COMPACT_SIGNATURE, [b"new", SECRET])
    assert is_signed(COMPACT, COMPACT_SIGNATURE, [SECRET, b"old"])
    assert not is_signed(COMPACT, COMPACT_SIGNATURE, [b"new", b"old"])


def test_no_secret_and_an_empty_secret_sign_nothing():
    forged = "sha256=" + hmac.new(b"", COMPACT, hashlib.sha256).hexdigest()

    assert not is_signed(COMPACT, forged, [b""])
    assert not is_signed(COMPACT, COMPACT_SIGNATURE, [])
