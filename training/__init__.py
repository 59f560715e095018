"""From signals and judgements to a model that is scaled, audited, evaluated and registered."""
