"""Integrity from day to day: what is kept, and which accounts are judged again."""
