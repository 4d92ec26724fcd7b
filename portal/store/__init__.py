"""Floor 2: records and queries. Nothing above this floor knows SQLAlchemy."""
