"""The day's run: from what is new in the lake to published scores."""
