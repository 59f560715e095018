"""How far made-up worlds look like real logs: some figures of both side by side."""
