"""What the tutor remembers of a student from one conversation to the next."""
