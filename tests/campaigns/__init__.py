"""Long proofs that people can run: `make campaign`. Each prints a line of figures, and how to replay a failure."""
