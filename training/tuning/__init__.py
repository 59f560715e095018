"""Searching for the parameters of training."""
