"""HTTP of the inbox: messages, and on which other ways they come."""

from service.inbox.routes.letters import api as letters
from service.inbox.routes.letters import pages as letter_pages
from service.inbox.routes.links import pages as link_pages
from service.inbox.routes.notices import api as notices
from service.inbox.routes.notices import pages as notice_pages

blueprints = [letters, letter_pages, notices, notice_pages, link_pages]
