"""Readers of real formats, and the simulator."""
