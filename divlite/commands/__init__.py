"""What the command line does: one module a command, each with a `run` that returns the exit code."""
