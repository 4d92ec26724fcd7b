"""Responses that are no answers: `errors` takes their shapes apart, `matching` and `classification` find the category,
`hints` says what to do, `refusals` puts these together; `adjustments` changes a request after a refusal.
"""
