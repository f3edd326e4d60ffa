"""From kept events to turns, and from turns to a runner."""
