"""What was measured, told: on the screen, as JSON, on the page and as a picture."""
