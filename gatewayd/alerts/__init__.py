"""Alertmanager's notifications as messages to whoever is on call: which lists, what to say, and each thing once."""
