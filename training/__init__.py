"""From judgements and labels to models that are scaled, audited, evaluated and registered."""
