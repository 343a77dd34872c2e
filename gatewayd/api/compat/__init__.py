"""APIs that others designed, for software that speaks them. Each translates to the same domain calls as ours."""
