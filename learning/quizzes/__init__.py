"""Questions one after the other: quizzes against the clock, and the short test that finds where to begin."""
