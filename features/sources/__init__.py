"""Readers of real formats, one a file, and how what they read gets into the lake."""
