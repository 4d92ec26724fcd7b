"""The gateway: OpenAI's and Anthropic's APIs under `/v1`, for tools, with an access token and never with a cookie."""
