"""What every step of one build works with; values only."""

from dataclasses import dataclass
from pathlib import Path

from builds.engine.formats import Format
from builds.engine.gather import Progress
from builds.engine.lock import Lock
from builds.engine.plan import Plan
from builds.engine.recipes import RecipeBook
from builds.engine.spec import Spec
from builds.engine.store import Store


@dataclass(frozen=True, slots=True)
class Bench:
    """What every step of one build works with."""

    spec: Spec
    lock: Lock
    store: Store
    book: RecipeBook
    plan: Plan
    folder: Path
    progress: Progress
    threads: int
    form: Format
