"""The rows of the classification table, in three parts that follow each other."""
