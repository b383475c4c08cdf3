"""The root file system that the containers of students' programs have, and the engine's filter for their system calls."""
