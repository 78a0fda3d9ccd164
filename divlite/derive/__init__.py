"""Every gradient derived, line by line, and every line proved."""
