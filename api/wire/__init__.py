"""What goes over the wire: request bodies, strictly bounded, and the public views of what the rooms know."""
