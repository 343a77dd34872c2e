"""Webhooks: what happened is told to applications, signed, in order, and again until they have taken it."""
