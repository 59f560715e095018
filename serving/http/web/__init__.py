"""The pages that people read, and all other HTML: see docs/web.md."""
