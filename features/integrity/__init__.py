"""Whether accounts act for themselves: what they do, and how far they are believed."""
