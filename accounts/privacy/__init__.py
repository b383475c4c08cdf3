"""What LearnFlow keeps of people, and their rights over it."""
