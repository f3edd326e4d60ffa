"""Meta's formats: what comes in, what goes out, and what the errors mean. Nothing here decides what to say."""
