"""What the model is worth on data that nobody here wrote: one command a data set.

Each prints its figures as it goes, and one line of JSON last.
"""
