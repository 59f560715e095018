"""Scores of what a request holds: signals of a person, or rows about one."""
