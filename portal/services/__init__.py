"""Floor 3: verbs. One transaction each, the actor first, the audit row written inside."""
