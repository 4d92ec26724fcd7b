"""The page that shows people what the API’s document says to programs."""
