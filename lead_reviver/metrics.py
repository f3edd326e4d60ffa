"""What Prometheus is told of the gateway, the relay and the sends. No label holds personal data."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ACCEPTED = Counter("lead_reviver_webhooks_accepted", "Webhook requests answered with 200")
REFUSED = Counter("lead_reviver_webhooks_refused", "Webhook requests not accepted, by reason", ["reason"])
UPDATES = Counter("lead_reviver_updates", "Events in accepted webhook requests")
DUPLICATES = Counter("lead_reviver_updates_duplicate", "Events that were known already")
COMMIT_SECONDS = Histogram(
    "lead_reviver_inbox_commit_seconds",
    "Time of one grouped commit of the inbox",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
TURNS = Gauge("lead_reviver_turns", "Unfinished turns by state", ["state"])
QUEUE_AGE = Gauge("lead_reviver_oldest_turn_seconds", "Age of the oldest unfinished turn by state", ["state"])
SENDS = Counter("lead_reviver_sends", "Graph calls that send a message, by result", ["result"])
TURNS_ENDED = Counter("lead_reviver_turns_ended", "Turns by how a run of them ended", ["outcome", "runner"])
N8N_UP = Gauge("lead_reviver_n8n_up", "Whether n8n is healthy and gets the turns")
N8N_FAILED = Counter("lead_reviver_n8n_failed", "Batches that n8n did not carry to their end", ["error"])
MEETING_EVENTS = Counter("lead_reviver_meeting_events", "Changes of meetings told to n8n, by result", ["result"])
INTAKE_SECONDS = Histogram("lead_reviver_intake_seconds", "Time to apply one batch of events")
LEAD_ROWS = Counter("lead_reviver_lead_rows", "Rows of leads that were sent in, by fate", ["fate"])
MODEL_CALLS = Counter("lead_reviver_model_calls", "Calls of a language model, by result", ["result"])
MODEL_TOKENS = Counter("lead_reviver_model_tokens", "Tokens of language models, by kind", ["kind"])
MODEL_SECONDS = Histogram(
    "lead_reviver_model_seconds",
    "Time until a language model answered",
    buckets=(0.25, 0.5, 1, 2, 3, 5, 8, 12, 20),
)
VOICE_NOTES = Counter("lead_reviver_voice_notes", "Voice notes that were listened to, by what came of it", ["result"])
CALENDAR_LINKS = Counter("lead_reviver_calendar_links", "Openings of links to meetings, by result", ["result"])
MODEL_UNUSED = Counter("lead_reviver_model_unused", "Turns decided without the model although it was asked", ["reason"])
MODEL_REFUSED = Counter("lead_reviver_model_refused", "First tries of a model's words that failed a check", ["check"])
CLASSIFIED = Counter("lead_reviver_classified", "Texts a classifier was asked about, by what came of it", ["result"])
