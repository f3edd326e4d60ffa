"""The webhook: verify, make durable, acknowledge."""
