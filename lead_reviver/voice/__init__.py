"""Voice notes: their words, where something transcribes them."""
