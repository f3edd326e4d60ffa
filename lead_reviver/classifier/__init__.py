"""A second opinion on what leads write, by a small model of meaning. Optional, and only ever a suspicion more."""
