"""Every statement on managed batches, built once."""
