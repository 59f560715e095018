"""Published scores over HTTP, `/v3`: see docs/api.md."""
