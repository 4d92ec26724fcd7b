"""The members of a team, and who of them manages it."""
