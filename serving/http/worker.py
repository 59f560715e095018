"""One process that answers, as BentoML's own workers do."""

from __future__ import annotations

import os
import socket
from typing import Any

import uvicorn
from bentoml._internal.context import server_context
from bentoml._internal.log import SERVER_LOGGING_CONFIG, configure_server_logging
from bentoml._internal.utils.uri import join_paths

from serving.http.service import KloutScore

KEEP_ALIVE_S = 5
"""A connection that is idle after an answer is closed after so long."""
GRACE_S = 5
"""What is being answered when the server ends has so long."""


def answer(on: socket.socket, number: int) -> None:
    """Answer what comes in on a socket, until SIGINT or SIGTERM."""
    # BentoML's own workers import the service after this; here its loggers are there already.
    SERVER_LOGGING_CONFIG["disable_existing_loggers"] = False
    configure_server_logging()
    service: Any = KloutScore  # the decorator made it BentoML's Service
    server_context.worker_index = number
    server_context.service_type = "entry_service"
    server_context.service_name = service.name
    server_context.service_routes = [
        join_paths(service.path_prefix, api.route) for api in service.apis.values()
    ]
    server_context.bento_name, server_context.bento_version = service.name, "not available"
    config = uvicorn.Config(
        service.to_asgi(is_main=True),
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=os.dup(on.fileno()))])
