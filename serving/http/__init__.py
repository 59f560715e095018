"""The server: one service for the API, the pages and scores of what a request holds."""
