"""Bluesky's AT protocol: what records say, in which order, and the forms they are recorded in.

A record has an address, ``at://DID/COLLECTION/KEY``, and somebody else's record or account that it
speaks of. `records` reads what one says, `folding` what becomes of it when records are changed and
deleted; `jetstream`, `firehose` and `repository` are the three forms, `reader` finds which one a
file has.
"""
