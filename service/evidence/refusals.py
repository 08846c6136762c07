"""What is refused of the handling of files; what is wrong within one is a fault of its own."""

from service.errors import Conflict, Invalid, NotFound
from service.i18n import N_


class UnknownFile(NotFound):
    """No file has this number, or it is another shop's."""

    slug, title = "unknown-shop-file", N_("There is no such file of a shop")


class NothingSent(Invalid):
    """No file was chosen, or it is empty."""

    slug, title = "nothing-sent", N_("No file was sent")
    detail = N_("Choose a CSV or XLSX file first.")
    field = "file"


class FileTooLarge(Invalid):
    """More bytes than a shop's list of sales has."""

    slug, title = "shop-file-too-large", N_("The file is too large")
    detail = N_("At most {megabytes} MB. Export a shorter period.")
    field = "file"


class AlreadyRead(Conflict):
    """What was loaded is not read again in another way; it is withdrawn first."""

    slug, title = "already-read", N_("This file was read already")
    detail = N_("Withdraw it first, then send it again.")


class RepeatsUndecided(Conflict):
    """Another file of the shop has some of these rows too; only people know why."""

    slug, title = "repeats-undecided", N_("Another file has some of these lines too")
    detail = N_("Say whether they are the same sales or further ones.")
    field = "repeats"
