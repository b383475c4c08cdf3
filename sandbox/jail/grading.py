"""Runs a submission's tests one after the other and claims their results; what any of it means is decided elsewhere."""

import builtins
import json
import os
import random
import sys
import time
import types
from typing import Any, NoReturn

from sandbox.jail import program, show, values, walls, wire

_SLOW_S = 0.2  # a module that takes longer to run is run once for all tests, not once for each
_CLAIM_BYTES_MAX = 256 * 1024
_STDOUT_BYTES_MAX = 64 * 1024


def run(job: dict[str, Any], report_fd: int) -> None:
    """One line for the program itself where tests call it, then one a test, in their order. Student code runs in this
    process, so each line is a claim and worth no more than the value in it: no answer is known here."""
    program.prepare(job["program"])
    worker = _Worker(job, report_fd)
    if any(item["mode"] in ("call", "property") for item in job["items"]):
        worker.run_module()
    worker.silence()
    answer = {
        "call": worker.on_call,
        "property": worker.on_call,
        "stdin": lambda item: worker.on_input(item["stdin"]),
        "typed": worker.on_inputs,
    }
    for item in job["items"]:
        worker.claim(answer[item["mode"]](item))


class _Worker:
    def __init__(self, job: dict[str, Any], report_fd: int) -> None:
        self._source = job["program"]["code"]
        self._item_s = job["item_s"]
        self._cpu_s = job["policy"]["cpu_s"]
        self._report_fd = report_fd
        self._clean = _Clean()
        self._module: types.ModuleType | None = None
        self._fresh = True
        self._slow = False
        self._nothing = os.open("/dev/null", os.O_RDWR)

    def claim(self, facts: dict[str, Any]) -> None:
        data = json.dumps(facts).encode()
        if len(data) > _CLAIM_BYTES_MAX:
            data = b'{"raised": null}'
        wire.write_all(self._report_fd, data + b"\n")

    def run_module(self) -> None:
        """The program itself, as when it is run; what it prints is seen once."""
        self._arm(module=True)
        started = time.monotonic()
        self._module = program.fresh_main()
        _, raised = program.execute(self._source, self._module)
        program.flush()
        self._slow = time.monotonic() - started > _SLOW_S
        self.claim({"module": True, "raised": raised})

    def silence(self) -> None:
        """Printing during a test is only printing: it goes nowhere, in any amount, and not line by line: each is a
        system call, and those are dear in gVisor."""
        os.dup2(self._nothing, 1)
        os.dup2(self._nothing, 2)
        program.open_streams(live=False)

    def on_call(self, item: dict[str, Any]) -> dict[str, Any]:
        """Each test gets a module of its own, unless running it is slow."""
        self._arm()
        if not (self._fresh or self._slow):
            self._clean.restore()
            program.open_streams(live=False)
            program.rewind_input()
            self._module = program.fresh_main()
            program.execute(self._source, self._module)
        self._fresh = False
        assert self._module is not None
        return _answer(item, self._module, self._clean)

    def on_inputs(self, item: dict[str, Any]) -> dict[str, Any]:
        """What it prints for each of several texts, up to the first at which it raises."""
        printed: list[Any] = []
        for text in item["inputs"]:
            found = self.on_input(text)
            if found["raised"]:
                return {"raised": found["raised"], "values": printed}
            printed.append(values.encode(found["stdout"].encode("latin-1").decode("utf-8", "replace")))
        return {"values": printed}

    def on_input(self, text: str) -> dict[str, Any]:
        """The program from its beginning, with a text on standard input and its output in a file."""
        self._clean.restore()
        self._fresh = False
        path = f"{walls.TEMP}/.stdout"
        out = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.unlink(path)
        os.dup2(out, 1)
        program.open_streams()
        program.feed(text.encode("utf-8", "surrogatepass"))
        self._arm()
        code, raised = program.execute(self._source, program.fresh_main())
        program.end_program()
        printed = os.pread(out, _STDOUT_BYTES_MAX, 0)
        os.close(out)
        os.dup2(self._nothing, 1)
        return {"raised": raised, "exit": code, "stdout": printed.decode("latin-1")}

    def _arm(self, module: bool = False) -> None:
        def give_up(where: dict[str, Any]) -> NoReturn:
            program.flush()
            self.claim({"raised": where, "timeout": True} | ({"module": True} if module else {}))
            os._exit(wire.GAVE_UP)

        program.catch_time_limits()  # the test before may have let go of them
        program.at_time_limit(self._item_s, self._cpu_s, give_up)


class _Clean:
    """What a test may have changed outside its own module, as it was before the first; for honest programs' sake."""

    def __init__(self) -> None:
        self._builtins = dict(vars(builtins))
        self._modules = set(sys.modules)
        self._recursion = sys.getrecursionlimit()
        self._path = list(sys.path)

    def restore_builtins(self) -> None:
        """What is done with a result needs them too."""
        names = builtins.__dict__
        names.update(self._builtins)
        if len(names) > len(self._builtins):
            for name in set(names) - set(self._builtins):
                del names[name]

    def restore(self) -> None:
        self.restore_builtins()
        for name in [name for name in list(sys.modules) if name not in self._modules and _is_own(sys.modules[name])]:
            del sys.modules[name]
        sys.setrecursionlimit(self._recursion)
        sys.path[:] = self._path
        sys.settrace(None)
        os.chdir(walls.HOME)
        random.seed()


def _is_own(module: types.ModuleType) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(walls.HOME)


def _answer(item: dict[str, Any], module: types.ModuleType, clean: _Clean) -> dict[str, Any]:
    """A test's result as data, or the exception it raised."""
    given: list[Any] = []
    try:
        if item["mode"] == "call":
            result = eval(compile(item["call"], "<test>", "eval"), module.__dict__)  # noqa: S307 walled in
            clean.restore_builtins()
            return {"value": values.encode(result, show.value)}
        function = _entry(item["call"], module)
        for encoded in item["inputs"]:
            arguments = values.decode(encoded)
            result = function(*arguments)
            clean.restore_builtins()
            given.append(values.encode(result, show.value))
    except BaseException as error:  # the edge between a student's function and ours
        clean.restore_builtins()
        walls.release_reserve()
        return {"raised": show.raised(error), "values": given}
    return {"values": given}


def _entry(name: str, module: types.ModuleType) -> Any:
    """The function under test: by name, or the last public one that the program defines."""
    if name:
        return eval(compile(name, "<test>", "eval"), module.__dict__)  # noqa: S307 walled in
    public = [
        item for key, item in vars(module).items() if isinstance(item, types.FunctionType) and not key.startswith("_")
    ]
    return public[-1]
