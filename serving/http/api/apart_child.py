"""The child process of `serving.http.api.apart`.

It reads requests, answers each, and ends with its input.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from http import HTTPStatus

from pydantic import TypeAdapter, ValidationError

from serving.http.api.apart import HEAD, PATHS
from serving.http.api.arguments import wrong
from serving.http.score.model_holder import follow, loaded_model
from serving.http.score.people_scoring import matrix, score_matrix, score_people
from serving.http.score.rows import signals_of_rows
from serving.http.score.schemas import BatchRequest, Score, ScoreRequest

LESS = 5
"""By so much the process is nicer to others than the server is."""
_ONE, _MANY = TypeAdapter(Score), TypeAdapter(list[Score])


def answered(path: str, body: bytes) -> tuple[int, bytes]:
    """Answer a request as the service does: the status, and JSON."""
    try:
        return HTTPStatus.OK, _scored(body) if path == "/score" else _scored_batch(body)
    except ValidationError as error:
        refused = wrong(error)
        return refused.status, bytes(refused.answer().body)


def _scored(body: bytes) -> bytes:
    request, now = ScoreRequest.model_validate_json(body), loaded_model()
    if request.from_rows:
        signals = signals_of_rows(request, now.model.catalogue)[None, :]
    else:
        signals = matrix(now, [request.signals])
    return _ONE.dump_json(score_matrix(now.model, [request.person], signals)[0])


def _scored_batch(body: bytes) -> bytes:
    return _MANY.dump_json(
        score_people(loaded_model(), BatchRequest.model_validate_json(body).people)
    )


def main() -> None:
    """Answer until there is nothing more to read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends the input
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints is no answer
    follow()
    os.nice(LESS)
    with suppress(BrokenPipeError):
        answers.write(HEAD.pack(HTTPStatus.OK, 0))
        answers.flush()
        while len(head := requests.read(HEAD.size)) == HEAD.size:
            number, size = HEAD.unpack(head)
            status, content = answered(PATHS[number], requests.read(size))
            answers.write(HEAD.pack(status, len(content)) + content)
            answers.flush()


if __name__ == "__main__":
    main()
