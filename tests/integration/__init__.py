"""The engine on the real stack."""
