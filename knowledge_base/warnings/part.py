"""One element of a warning document: its children by name, each as often as its rule allows, in any order."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from lxml import etree

from knowledge_base.warnings.refused import AlertRefused

Choice = TypeVar("Choice", bound=StrEnum)
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a child may stand there, and how many characters its text may have."""

    least: int = 0
    most: int | None = 1
    longest: int = 500


class Part:
    """Children of `element`, checked against `rules`; unless `strict`, children without a rule are passed over."""

    def __init__(
        self,
        element: etree._Element,
        where: str,
        rules: Mapping[str, Rule],
        *,
        namespace: str = "",
        ignored: str = "",
        allowed: frozenset[str] = frozenset(),
        strict: bool = True,
    ) -> None:
        """`ignored` is a namespace whose children are not ours to read, `allowed` are attributes. Raises `AlertRefused`."""
        self.where = where
        self._rules = rules
        self._children: dict[str, list[etree._Element]] = {name: [] for name in rules}
        prefix = f"{{{namespace}}}" if namespace else ""
        self._check_attributes(element, where, allowed, strict=strict)
        if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
            raise AlertRefused("text_stray", where)
        for child in element:
            tag = str(child.tag)
            name = tag.removeprefix(prefix)
            if ignored and tag.startswith(f"{{{ignored}}}"):
                continue
            if name in rules and tag == prefix + name:
                self._children[name].append(child)
            elif strict:
                raise AlertRefused("element_unknown", where, tag[:100])
        self._count()
        for name, children in self._children.items():
            for number, child in enumerate(children, 1):
                self._check_attributes(child, self.at(name, number), frozenset(), strict=strict)

    def elements(self, name: str) -> list[tuple[etree._Element, str]]:
        """Children that have children themselves, each with its path."""
        return [(child, self.at(name, number)) for number, child in enumerate(self._children[name], 1)]

    def texts(self, name: str) -> list[str]:
        """The texts of all children of this name; empty ones are left out where none is required."""
        texts = [self._text(child, name, number) for number, child in enumerate(self._children[name], 1)]
        if self._rules[name].least and not all(texts):
            raise AlertRefused("element_empty", self.at(name))
        return [text for text in texts if text]

    def text(self, name: str) -> str | None:
        """The text of a child that may be missing; an empty one is as good as missing."""
        return next(iter(self.texts(name)), None)

    def required(self, name: str) -> str:
        """The text of a child that must be there."""
        return self.texts(name)[0]

    def choice(self, name: str, kind: type[Choice]) -> Choice:
        """One of a closed vocabulary."""
        return self.choices(name, kind)[0]

    def choices(self, name: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """Several of a closed vocabulary."""
        return tuple(self._choose(text, name, number, kind) for number, text in enumerate(self.texts(name), 1))

    def at(self, name: str, number: int = 1) -> str:
        """The path of a child."""
        many = len(self._children[name]) > 1
        return f"{self.where}/{name}[{number}]" if many else f"{self.where}/{name}"

    def _choose(self, text: str, name: str, number: int, kind: type[Choice]) -> Choice:
        try:
            return kind(text)
        except ValueError:
            raise AlertRefused("value_unknown", self.at(name, number), repr(text[:40])) from None

    def _text(self, child: etree._Element, name: str, number: int) -> str:
        if len(child):
            raise AlertRefused("element_unknown", self.at(name, number), str(child[0].tag)[:100])
        text = (child.text or "").strip()
        if len(text) > self._rules[name].longest:
            raise AlertRefused("text_too_long", self.at(name, number), f"{len(text)} characters")
        return text

    def _count(self) -> None:
        for name, rule in self._rules.items():
            count = len(self._children[name])
            if count < rule.least:
                raise AlertRefused("element_missing", f"{self.where}/{name}")
            if rule.most is not None and count > rule.most:
                raise AlertRefused("element_repeated", f"{self.where}/{name}", f"{count} times")

    @staticmethod
    def _check_attributes(element: etree._Element, where: str, allowed: frozenset[str], *, strict: bool) -> None:
        for name in element.attrib:
            if strict and name not in allowed and not str(name).startswith(XSI):
                raise AlertRefused("attribute_unknown", where, str(name)[:100])
