"""From where the work at hand is asked for, and whether it has left its line yet."""

from contextvars import ContextVar

CONSOLE = "console"  # an operator's command
_device: ContextVar[str | None] = ContextVar("aixin_trail_device", default=None)
_written: ContextVar[bool] = ContextVar("aixin_trail_written", default=False)


def speak_from(device: str | None) -> None:
    """Say on which device everything is done from now on, in this thread; None: by ourselves."""
    _device.set(device)


def device() -> str | None:
    """Return the device of the work at hand: `device:7`, `chrome phone`; None for our own work."""
    return _device.get()


def begin() -> None:
    """Begin a work that has to leave a line."""
    _written.set(False)


def wrote() -> None:
    """Note that the work at hand has left one."""
    _written.set(True)


def written() -> bool:
    """Tell whether the work at hand has left a line since it began."""
    return _written.get()
