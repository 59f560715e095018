"""Following a live network: from a websocket into the lake, for weeks (`klout follow`).

`streams` knows the forms of messages and cursors, `connection` reads the socket, `memory` keeps on
disk what deletions and gaps need, `batch` is what goes into the lake at once, `refilling` mends
gaps from repositories, `follow` runs it all.
"""
