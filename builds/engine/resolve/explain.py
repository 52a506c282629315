"""Why a request cannot be met, in the customer's words.

Reads the solver's chain of rules and turns ranks back into versions. Chains
begin at what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import solv

from builds.engine.snapshot.facts import Fact, Facts
from builds.engine.snapshot.opening import Rules
from builds.engine.snapshot.rules import FOREIGN, VIRTUAL

_BOUND = re.compile(r"(?P<name>\S+) (?P<operator>[<>]=?|=) (?P<rank>[0-9]+)")
_LONGEST = 12
_CONFLICTS = " conflicts with "


def explain(
    problems: Iterable[Any], rules: Rules, facts: Facts, *, base: Iterable[Fact], requested: Iterable[Fact]
) -> list[str]:
    """Give short statements, the chain of rules of each problem in order."""
    words = _Words(rules, facts, {fact.name: fact for fact in base})
    asked = [fact.name for fact in requested]
    said: dict[str, None] = {}
    for problem in problems:
        infos = [info for rule in problem.findallproblemrules() for info in rule.allinfos()]
        for sentence in _ordered(infos, asked, words):
            if _turned(sentence) not in said:
                said.setdefault(sentence)
    return list(said)[:_LONGEST] or ["the requests contradict each other"]


def _turned(sentence: str) -> str:
    """Give a conflict from the other package's side, which often declares it too."""
    one, verb, other = sentence.partition(_CONFLICTS)
    return f"{other}{verb}{one}"


def _ordered(infos: list[Any], asked: Iterable[str], words: _Words) -> Iterator[str]:
    """Say what requested packages state first, then what follows from it."""
    told = [
        (subject, sentence)
        for info in infos
        if (sentence := words.say(info))
        for subject in [words.subject(info)]
    ]
    reached = list(asked)
    for name in reached:
        for subject, sentence in told:
            if subject == name:
                yield sentence
                reached += [n for n in words.mentioned(sentence) if n not in reached]
    yield from (sentence for subject, sentence in told if subject not in reached)


class _Words:
    def __init__(self, rules: Rules, facts: Facts, base: dict[str, Fact]) -> None:
        self._rules = rules
        self._facts = facts
        self._base = base

    def subject(self, info: Any) -> str:
        return str(info.solvable.name) if info.solvable else ""

    def mentioned(self, sentence: str) -> list[str]:
        return re.findall(r"[a-z0-9][a-z0-9+._-]+", sentence)

    def say(self, info: Any) -> str:
        """Put one rule into words; empty for one that explains nothing."""
        kind, solver = info.type, solv.Solver
        this = self._package(info.solvable) if info.solvable else ""
        if kind == solver.SOLVER_RULE_PKG_REQUIRES:
            return f"{this} needs {self._dep(info.dep)}"
        if kind == solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP:
            return f"{this} needs {self._dep(info.dep)}, which is not available"
        if kind == solver.SOLVER_RULE_PKG_CONFLICTS:
            return f"{this}{_CONFLICTS}{self._package(info.othersolvable)}"
        if kind == solver.SOLVER_RULE_PKG_SAME_NAME:
            other = self._package(info.othersolvable)
            return f"{this} and {other} cannot be installed together, as they are versions of one package"
        return ""

    def _package(self, solvable: Any) -> str:
        number = self._rules.fact_id(solvable)
        if number is None:
            base = self._base.get(solvable.name)
            return f"{solvable.name} {base.version if base else ''} of the base image"
        fact = self._facts.by_id(number)
        note = "" if fact.is_candidate else " (superseded)"
        return f"{fact.name} {fact.version}{note}"

    def _dep(self, dep: Any) -> str:
        alternatives = str(dep.str()).split(" | ")
        return " or ".join(dict.fromkeys(self._relation(text) for text in alternatives))

    def _relation(self, text: str) -> str:
        match = _BOUND.fullmatch(text.strip("() "))
        if match is None:
            return text.strip("() ").removeprefix(VIRTUAL).removeprefix(FOREIGN)
        version = self._facts.version(match["name"], int(match["rank"]))
        return self._facts.form.spell(match["name"], match["operator"], version or "another version")
