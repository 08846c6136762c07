"""From where the work at hand is asked for: said once, written with each act."""

from contextvars import ContextVar

CONSOLE = "console"  # an operator's command
_device: ContextVar[str | None] = ContextVar("aixin_trail_device", default=None)


def speak_from(device: str | None) -> None:
    """Say on which device everything is done from now on, in this thread; None: by ourselves."""
    _device.set(device)


def device() -> str | None:
    """Return the device of the work at hand: `device:7`, `chrome phone`; None for our own work."""
    return _device.get()
