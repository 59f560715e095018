"""What is known before any data is seen: networks, measures, and the signals that come of them."""
