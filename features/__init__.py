"""From raw activity to signals: networks, the lake, readers, tiles and windows."""
