"""Notifications: from a recorded event to a mail, at least once, with one Message-ID."""
