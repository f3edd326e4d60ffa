"""Lead-Reviver wakes up leads that went quiet: a WhatsApp conversation, a meeting, a person at the right moment."""
