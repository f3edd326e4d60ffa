"""A stand-in for Meta's Graph API with signed webhooks, and a phone to answer from."""
