"""The scoring API and the command line."""
