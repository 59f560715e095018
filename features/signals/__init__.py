"""From the lake's rows to one row of signals per person, computed from scratch."""
