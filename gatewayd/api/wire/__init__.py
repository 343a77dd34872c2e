"""What goes over the wire: pydantic models for what comes in, typed dictionaries for what goes out."""
