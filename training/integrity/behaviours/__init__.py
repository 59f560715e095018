"""What accounts do, measured: one row of behaviours per account."""
