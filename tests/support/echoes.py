"""A child as `serving.http.api.apart` has it.

It says after a while what it was told; or dies of it.
"""

from __future__ import annotations

import sys
import time

from serving.http.api.apart import HEAD


def main() -> None:
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(HEAD.pack(200, 0))
    answers.flush()
    while head := requests.read(HEAD.size):
        number, size = HEAD.unpack(head)
        content = requests.read(size)
        if content == b"die":
            sys.exit(1)
        time.sleep(0.05)
        answers.write(HEAD.pack(200 + number, len(content)) + content)
        answers.flush()


if __name__ == "__main__":
    main()
