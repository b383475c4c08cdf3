"""Where mathematics is checked: a bounded parser of students' text and a computer algebra system in a killable child."""
