"""The languages that programs may be written in: one file each, found by its name. `python.py` shows what a file holds:

- `SLOTS`: the kinds of process kept warm for it, by name, each with what it loads beforehand;
- `slot_of(sources)`: which of them a program with these sources wants, asked in the server;
- `warm(preload)` and `rehearse()`: once in the process that others are forked from, before any student's program;
- `serve(job_fd, report_fd, room)`: does one job behind the walls and ends the process (`program.leave`);
- `tell_places()`: called again where the writable places are only known after the fork.

Nothing can be executed inside the walls: what runs the language is a library of this interpreter."""
