"""Why a chart is refused: a stable code and a sentence for whoever sent it."""

from __future__ import annotations


class ChartRefused(ValueError):
    """A chart that we do not take. `code` is stable, such as "chart-link"; nothing of it was kept."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
