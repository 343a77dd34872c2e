"""People: who they are, how they prove it, and what they are signed in with.

A session is found by the hash of a random id that only the person's browser holds. Whoever guesses passwords is
slowed down by address and name together, so that no guess keeps the right person out.
"""
