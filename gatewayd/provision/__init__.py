"""Provisioning systems: customers' devices, kept in step with the operator's provisioning system. Built on the queue's outbox."""
