"""What to say: playbooks, the responder that needs no model, and checks on whatever is about to be sent."""
