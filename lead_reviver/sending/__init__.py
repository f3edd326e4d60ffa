"""The one way out: gate, outbox, Graph API."""
