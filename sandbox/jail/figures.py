"""Pictures that a program draws with matplotlib, as PNG bytes."""

import io
import sys
from typing import Any

FIGURES_MAX = 8
_BYTES_MAX = 512 * 1024

drawn: list[bytes] = []


def catch_show() -> None:
    """Make `plt.show()` keep the figures instead of opening a window; needs pyplot to be loaded."""
    pyplot: Any = sys.modules["matplotlib.pyplot"]
    pyplot.show = keep_open_figures


def keep_open_figures(*_: object, **__: object) -> None:
    """Save every open figure, then close it."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        if len(drawn) < FIGURES_MAX:
            buffer = io.BytesIO()
            pyplot.figure(number).savefig(buffer, format="png", dpi=100)
            if buffer.tell() <= _BYTES_MAX:
                drawn.append(buffer.getvalue())
    pyplot.close("all")
