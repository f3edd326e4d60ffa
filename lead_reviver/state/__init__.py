"""Redis: a cache that may be lost."""
