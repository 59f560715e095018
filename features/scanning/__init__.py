"""One person's reactions of the last days, asked for over a network's public HTTP API."""

from features.scanning.client import Client
from features.scanning.found import Wanted
from features.scanning.scan import NETWORKS, scan

__all__ = ["NETWORKS", "Client", "Wanted", "scan"]
