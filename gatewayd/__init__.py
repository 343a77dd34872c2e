"""gatewayd: an SMS gateway. One trio process, one durable queue, and the modems plugged into this server."""

__version__ = "0.1.0"
