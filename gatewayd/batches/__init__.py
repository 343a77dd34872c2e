"""Managed batches: a list of recipients that is checked, approved by a second person, sent, held and let go."""
