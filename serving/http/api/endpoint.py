"""An endpoint is a declaration.

`serving.http.api.endpoint_runner` runs it, `serving.http.api.endpoint_openapi` describes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

Scope = Literal["read", "score", "admin"]


@dataclass(frozen=True)
class Endpoint:
    """A path and method, and what answers.

    Attributes
    ----------
    path
        With ``{name}`` for what `answer` takes by that name; ids are percent-encoded.
    answer
        Called with the context, the names of the path, and ``query`` and ``body`` if there are.
    gives
        The type of what it returns.
    query, body
        What checks the parameters and the body; None: there are none.
    scope
        What the key must be for.
    slow
        It takes seconds: few run at once.
    example
        A body that works.
    status
        Of a good answer.
    tells_addresses
        Whether `answer` also takes ``address``: this server's, as the request has it.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    answer: Callable[..., Any]
    gives: Any
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    scope: Scope = "read"
    slow: bool = False
    example: Any = None
    status: int = 200
    tells_addresses: bool = False

    @property
    def quick(self) -> bool:
        """Whether it reads a few rows, which nothing in the request can make many."""
        return not (self.slow or self.query or self.body)

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Make JSON and schemas of answers."""
        return TypeAdapter(self.gives)

    @property
    def summary(self) -> str:
        """Say what it does: the first line of what its function says of itself."""
        return (self.answer.__doc__ or "").strip().partition("\n")[0]
