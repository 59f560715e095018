"""What is kept from one day to the next, so that windows slide and nothing is read twice.

All of it is a cache: deleted, it is made anew from the lake, to the same bits of every signal.
"""
