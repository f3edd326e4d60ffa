"""Meetings with leads: find free slots, hold them while the lead decides, book, move and call off."""
