"""Texts that are written once and filled in for each message: by kind, channel and language, with typed fields."""
