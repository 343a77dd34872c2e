"""What Prometheus sees of the HTTP server."""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

requests = Counter(
    "gatewayd_http_requests_total", "Requests by route and status.", ["method", "route", "status"]
)
seconds = Histogram(
    "gatewayd_http_request_seconds",
    "From the request's head to the last byte of the answer.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
connections = Gauge("gatewayd_http_connections", "Clients connected now.")
refused = Counter(
    "gatewayd_http_connections_refused_total", "Connections refused because there were too many."
)

certificate_ends = Gauge(
    "gatewayd_tls_certificate_expiry_timestamp_seconds",
    "When the TLS certificate in use ends, in seconds since 1970; no series without TLS.",
    ["file"],
)
certificate_current = Gauge(
    "gatewayd_tls_certificate_current",
    "1 where the TLS certificate in use is the file as it was last read; 0: that one can't be used.",
    ["file"],
)
handshakes_failed = Counter(
    "gatewayd_tls_handshakes_failed_total", "Connections that were closed because they got no TLS up."
)


# Bounded: routes are ours, methods are those of the route or "other", and statuses are few.
@lru_cache(maxsize=1024)
def children(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """The counter and the histogram of one combination; looking them up by label costs more than counting."""
    return requests.labels(method, route, str(status)), seconds.labels(method, route)
