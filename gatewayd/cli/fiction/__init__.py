"""The demonstration's past: a month in which everything is made up, and happened by the gateway's own rules."""
