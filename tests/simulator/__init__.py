"""The simulator, tried over real HTTP with a real webhook receiver."""
