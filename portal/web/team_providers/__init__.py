"""A team’s own providers, as its managers connect and change them."""
