"""The default: the model that answers where nobody chose."""
