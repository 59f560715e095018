"""The same signals from what is kept of the day before: incremental view maintenance.

All of it is a cache: deleted, it is made anew from the lake, to the same bits of every signal.
"""
