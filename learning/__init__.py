"""The school's own records: courses, attempts, mastery, progress, struggle, alerts. Knows no language model."""
