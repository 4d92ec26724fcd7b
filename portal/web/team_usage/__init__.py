"""What a team used, for its managers."""
