"""Applications and people: who may do what. Clients, their bearer tokens, and what each token allows."""
