"""Every statement on templates, built once."""
