"""What to do: pure rules. `now` comes in; nothing here touches the clock, the network, Redis or Postgres."""
