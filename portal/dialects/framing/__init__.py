"""How a stream of bytes is cut into events, read as they arrive: server-sent events, and Amazon's event stream."""
