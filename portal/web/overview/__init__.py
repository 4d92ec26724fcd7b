"""The overview, the first steps of an empty portal, and the way from `/` to the first page one may use."""
