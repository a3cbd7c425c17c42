"""Reports of the measurements: on the screen, as JSON, on the page and as a picture."""
