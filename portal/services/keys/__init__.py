"""The credentials of providers: shared keys and their pools, secret headers, and the endpoint they open."""
