"""The model of influence: trees by network, the link, the scale, and how they are fitted."""
