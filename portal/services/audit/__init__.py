"""The audit trail: written inside each change, and verified from its first row to its head."""
