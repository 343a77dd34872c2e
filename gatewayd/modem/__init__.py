"""Modems: the AT dialogue, serial ports, one link per modem, and the pool of them. Knows no database and no queue."""
