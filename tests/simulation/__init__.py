"""The deterministic simulation: the real queue against a seeded world, judged by the network's own ledger."""
