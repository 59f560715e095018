"""Whether accounts act for themselves: a classifier of behaviours, and steps of authenticity."""
