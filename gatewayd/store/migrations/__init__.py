"""Alembic's side of the schema: one hand-written step per release, forward only."""
