"""What people of the school ask and tell one another, with the tutor among them on request."""
