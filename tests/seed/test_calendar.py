"""A data set brings the calendar of its years and the kinds of honours, once."""

import json
from datetime import UTC, datetime

from service import passes, programmes, seed
from service.records.actions.honours import FOUNDING
from service.records.queries.persons import honour_kinds
from tests.conftest import SECRET
from tests.seed.files import FULL

NOW = datetime(2025, 10, 18, tzinfo=UTC)


def test_loading_brings_working_days_and_honours_and_again_changes_nothing(database):
    loader = seed.Loader(passes.keyring(SECRET, "https://aixin.example"), NOW, demo=True)
    for already in (False, True):
        loaded = seed.load(database, seed.read(json.dumps(FULL)), loader)
        assert loaded.already == already
        found = programmes.working_days(database)
        assert found.years == {2025, 2026}
        assert len(found.named) == 33 + 39
        programme = database.call("SELECT id FROM programmes")
        assert programme is not None
        kinds = honour_kinds(database, programme["id"])
        assert [kind["name"] for kind in kinds] == list(FOUNDING)
