"""Trees as text: how a folder holds them, what can be wrong with one, sums that are exact."""
