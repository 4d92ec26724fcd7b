"""The pages of health checks."""
