"""What members are told, and how: from a recorded event to a mail, at least once and told apart."""
