"""What the dashboard and other programs may ask for."""
