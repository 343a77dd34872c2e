"""Every statement of the queue, built once at import. Private to the queue: rules live beside, never here."""
