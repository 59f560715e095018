"""From raw activity to signals: networks, the lake, readers, tiles and windows."""

from features.allocator import keep_memory

keep_memory()  # here, since no module of ours loads Polars before this one
