"""n8n: the workflows we ship, how they get there, and how batches are handed to them."""
