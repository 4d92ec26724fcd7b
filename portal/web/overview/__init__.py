"""The overview, the doors of an empty portal, and the way from `/` to the first page one may use."""
