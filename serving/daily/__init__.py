"""The day's run: from what is new in the lake to published scores."""

from features.allocator import keep_memory

keep_memory()
