"""What the web server runs: `granian --interface wsgi service.wsgi:app`."""

import os

from service.config import Settings
from service.web.app import create_app

app = create_app(Settings.from_env(os.environ))
