"""The version of the interface; the model has one of its own in each answer."""

API_VERSION = "3.0.0"
