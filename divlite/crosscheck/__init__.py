"""What a torch loss really computes, and which line to change."""
