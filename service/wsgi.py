"""What the web server runs: `granian --interface wsgi service.wsgi:app`.

As the entry it alone knows both sides, and hands the web who keeps the queues.
"""

import os

from service import redaction
from service.config import Settings
from service.web.app import create_app
from workers.backstage import RqBackstage
from workers.runtime import die_with_parent

die_with_parent()
redaction.install()
settings = Settings.from_env(os.environ)
app = create_app(settings, backstage=RqBackstage(settings.redis_url))
