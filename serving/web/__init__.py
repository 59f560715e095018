"""The pages that people read: see docs/web.md."""
