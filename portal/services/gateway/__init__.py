"""The gateway: requests of developers' own tools, answered by the models that they may use."""
