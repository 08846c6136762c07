"""Files that people send: pictures drawn anew without metadata, kept outside the web root."""

from service.files.actions import keep, sweep
from service.files.models import File
from service.files.pictures import BYTES_MAX
from service.files.queries import find, find_all, path
from service.files.refusals import NotAPicture, PictureTooLarge, TooLarge, UnknownFile

__all__ = [
    "BYTES_MAX",
    "File",
    "NotAPicture",
    "PictureTooLarge",
    "TooLarge",
    "UnknownFile",
    "find",
    "find_all",
    "keep",
    "path",
    "sweep",
]
