"""The schema's history, revision by revision; SQL inside, never edited once released."""
