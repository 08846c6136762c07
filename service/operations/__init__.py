"""Operations: how the background work stands, and what an administrator may do about it.

The web knows no queue. It is handed a `Backstage` when it starts (service/wsgi.py), which
`workers.backstage` keeps with what RQ writes into Redis; so this page also works while every worker
is dead, which is when it is looked at.
"""

from service.operations.backstage import (
    Backstage,
    BackstageAway,
    DueWork,
    Hand,
    JobPage,
    Overview,
    QueueState,
    Work,
)

__all__ = [
    "Backstage",
    "BackstageAway",
    "DueWork",
    "Hand",
    "JobPage",
    "Overview",
    "QueueState",
    "Work",
]
