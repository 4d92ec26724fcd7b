"""What the code base is held to: each rule has a name and a reason, and `make rules` prints them all."""
