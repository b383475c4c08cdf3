"""What was worked out, kept in this process until the stamp of what it shows is another one."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The `most` used last. Stamps come from the database, so what one server writes is seen at once by all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()

    async def get(self, name: Hashable, stamp: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        kept = self._found.get(name)
        if kept is None or kept[0] != stamp:
            kept = (stamp, await make())
            self._found[name] = kept
        self._found.move_to_end(name)
        while len(self._found) > self._most:
            self._found.popitem(last=False)
        found: T = kept[1]
        return found
