"""What people are told, in the house and outside of it."""
