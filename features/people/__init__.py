"""What people decide about themselves: accounts, a score or none, to be forgotten."""
