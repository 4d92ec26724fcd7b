"""Access tokens: one’s own, and those of others for whoever manages people."""
