"""What identity does: signing in, sessions, recovery of a lost password, and people for other modules."""
