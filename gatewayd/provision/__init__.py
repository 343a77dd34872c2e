"""Provisioning: customers' devices, kept in step with the operator's provisioning system."""
