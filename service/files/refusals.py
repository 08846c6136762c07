"""What is not taken as a picture. `field` is the name of the form's field that it came in."""

from service.errors import Invalid, NotFound
from service.i18n import N_


class UnknownFile(NotFound):
    """No file has this code, or the caller may not know that one has."""

    slug, title = "unknown-file", N_("There is no such file")


class TooLarge(Invalid):
    """More bytes than a photograph needs."""

    slug, title = "picture-too-large", N_("The picture is too large")
    detail = N_("At most {megabytes} MB. Take it again, or send it smaller.")
    field = "picture"


class PictureTooLarge(Invalid):
    """Few bytes that would unfold into more points than any camera takes."""

    slug, title = "picture-too-wide", N_("The picture has too many points")
    detail = N_("At most {megapixels} million points. Send it smaller.")
    field = "picture"


class NotAPicture(Invalid):
    """Its content is no JPEG, PNG or WebP, whatever its name says, or it is damaged."""

    slug, title = "not-a-picture", N_("The file is not a picture")
    detail = N_("Send a photo as JPEG, PNG or WebP; this file is something else, or damaged.")
    field = "picture"
