"""From rows to signals; knows no model, no terminal and no page."""

from features.allocator import keep_memory

keep_memory()  # here, since no module of ours loads Polars before this one
