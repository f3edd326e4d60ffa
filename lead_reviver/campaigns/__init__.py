"""Leads that come in from elsewhere, and who of them is written to."""
