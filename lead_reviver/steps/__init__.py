"""What is done for a turn, step by step. Each is safe to run twice."""
