"""What a device calls itself, as a person would say it; pure."""

import re

_CHARS_MAX = 100
# the first that is found: most browsers also name those they want to be taken for
_BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


def device_label(agent: str) -> str:
    """`Firefox on Linux` of a User-Agent, the product's name of a program's, at most 100 printable characters."""
    if agent.startswith("Mozilla/"):
        browser = next((name for mark, name in _BROWSERS.items() if mark in agent), "A browser")
        system = next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
        return f"{browser} on {system}" if system else browser
    shown = "".join(char if char.isprintable() and not "\ud800" <= char <= "\udfff" else " " for char in agent)
    return re.sub(r"\s+", " ", shown).strip()[:_CHARS_MAX]
