"""HTTP of bound phones: the phone itself, the recorder's desk, the volunteer, a relative."""

from service.phones.routes import bind, desk, family, own

blueprints = [bind.pages, desk.pages, own.pages, family.pages]
