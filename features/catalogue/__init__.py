"""What networks, reactions, counters and signals there are: declarations as frozen data."""
