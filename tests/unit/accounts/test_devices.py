"""Devices are named as a person would."""

import pytest

from accounts.devices import device_label


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
            "Chrome on Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18.0 Safari/605.1.15", "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (something new)", "A browser"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("my\0 old\nphone\ud800", "my old phone"),
        ("", ""),
    ],
)
def test_a_device_is_named_by_what_it_is(agent: str, label: str) -> None:
    assert device_label(agent) == label


def test_a_label_is_bounded() -> None:
    assert len(device_label("x" * 5000)) == 100
