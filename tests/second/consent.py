"""docs/spec/consent.md: cards, requests, tokens and revocations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from . import registry
from .envelope import check_envelope_key
from .keys import Domain, PublicKey, public_key
from .model import Facet, Level, facets, levels
from .postcard import Reader, ascending
from .refused import Refused
from .scope import LINES_MOST, MINUTE_MS, Cell, Line, Window, cells, met_scopes, met_windows, scope, window
from .seal import Suite
from .seal import suite as read_suite
from .signed import NAME_MOST, WORDS_MOST, clean, payload, statement

T = TypeVar("T")

LINKS = 1
CARD_MOST, REQUEST_MOST, REVOCATION_MOST, TOKEN_MOST = 2048, 1 << 14, 512, 1 << 14
PURPOSES_MOST, CAVEATS_MOST = 16, 4
ROLES, ATTENDED = 3, 4


# Card and request.


@dataclass(frozen=True)
class Card:
    """Who asks."""

    id: bytes
    suite: Suite
    role: int
    name: str
    key: PublicKey
    envelope: bytes


def read_card(data: bytes) -> Card:
    reader = payload(data, CARD_MOST)
    suite, role = read_suite(reader), reader.variant(ROLES)
    name, key, envelope = clean(reader.text(), NAME_MOST), public_key(reader), reader.blob()
    reader.finish()
    if not is_envelope_key(envelope):
        raise Refused("malformed")
    return Card(statement(data, Domain.CARD, key), suite, role, name, key, envelope)


def is_envelope_key(key: bytes) -> bool:
    """[keys-18]"""
    try:
        check_envelope_key(key)
    except Refused:
        return False
    return True


@dataclass(frozen=True)
class Ask:
    """A line of a request."""

    kind: str
    levels: set[Level]
    facets: set[Facet]
    clock: int
    first: int
    last: int | None


@dataclass(frozen=True)
class Request:
    """What a recipient asks for."""

    id: bytes
    card: Card
    nonce: bytes
    asks: list[Ask]
    purposes: list[int]
    basis: int
    retention_days: int
    duration: int | None
    lease: int | None
    caveats: Caveats
    words: str | None


def read_request(data: bytes) -> Request:
    """[consent-6]"""
    reader = payload(data, REQUEST_MOST)
    card_data = reader.blob()
    if len(card_data) > CARD_MOST:
        raise Refused("malformed")
    fields: dict[str, Any] = {
        "nonce": reader.array(16),
        "asks": not_empty(reader.items(LINES_MOST, lambda: ask(reader))),
        "purposes": purposes(reader),
        "basis": basis(reader),
        "retention_days": reader.u16(),
        "duration": reader.option(reader.u32),
        "lease": reader.option(reader.u32),
        "caveats": caveats(reader),
        "words": reader.option(lambda: clean(reader.text(), WORDS_MOST)),
    }
    reader.finish()
    card = read_card(card_data)
    return Request(id=statement(data, Domain.REQUEST, card.key), card=card, **fields)


def ask(reader: Reader) -> Ask:
    line = Ask(
        kind=clean(reader.text(), NAME_MOST),
        levels=levels(reader.u8()),
        facets=facets(reader.u8()),
        clock=reader.variant(2),
        first=reader.i32(),
        last=reader.option(reader.i32),
    )
    raw, summaries = Level.RAW in line.levels, bool(line.levels - {Level.RAW})
    fits = (
        line.levels
        and raw == (Facet.READINGS in line.facets)
        and summaries == bool(line.facets - {Facet.READINGS})
        and (line.last is None or line.first < line.last)
    )
    if not fits:
        raise Refused("malformed")
    return line


def purposes(reader: Reader) -> list[int]:
    """[consent-12]"""
    numbers = reader.ordered(PURPOSES_MOST, reader.u16)
    if not registry.purposes().keys() >= set(numbers):
        raise Refused("malformed")
    return numbers


def basis(reader: Reader) -> int:
    """[consent-12]"""
    number = reader.u16()
    if number not in registry.bases():
        raise Refused("malformed")
    return number


def not_empty(items: list[T]) -> list[T]:
    if not items:
        raise Refused("malformed")
    return items


@dataclass(frozen=True)
class Caveats:
    """The conditions that a consent may have; these are the strictest."""

    onward: int = 0
    automated: bool = False
    cohort: int = 0
    jurisdiction: str | None = None


def caveats(reader: Reader) -> Caveats:
    """[consent-12]"""
    found = Caveats()
    numbers: list[int] = []

    def one() -> None:
        nonlocal found
        numbers.append(reader.variant(4))
        match numbers[-1]:
            case 0:
                found = replace(found, onward=strict(reader.variant(3)))
            case 1:
                found = replace(found, automated=True)
            case 2:
                found = replace(found, cohort=strict(reader.u32()))
            case _:
                found = replace(found, jurisdiction=capitals(reader.array(2)))

    reader.items(CAVEATS_MOST, one)
    if not ascending(numbers):
        raise Refused("malformed")
    return found


def strict(number: int) -> int:
    """A value that differs from the strictest, 0."""
    if number == 0:
        raise Refused("malformed")
    return number


def capitals(letters: bytes) -> str:
    if not all(65 <= letter <= 90 for letter in letters):
        raise Refused("malformed")
    return letters.decode()


# Token.


@dataclass(frozen=True)
class Terms:
    """Everything that a consent allows, and under what conditions."""

    scope: list[Line]
    usable: Window
    lease: int
    purposes: list[int]
    basis: int
    retention_days: int
    caveats: Caveats

    def streams(self) -> list[bytes]:
        return sorted({stream for line in self.scope for stream in line.streams})


def read_terms(data: bytes) -> Terms:
    reader = Reader(data)
    found = terms(reader)
    reader.finish()
    return found


def terms(reader: Reader) -> Terms:
    return Terms(
        scope=scope(reader),
        usable=window(reader),
        lease=reader.u32(),
        purposes=purposes(reader),
        basis=basis(reader),
        retention_days=reader.u16(),
        caveats=caveats(reader),
    )


def met(a: Terms, b: Terms) -> Terms:
    """[consent-13]: what both allow."""
    one, two = a.caveats, b.caveats
    both = sorted(set(a.purposes) & set(b.purposes))
    jurisdictions = {each for each in (one.jurisdiction, two.jurisdiction) if each is not None}
    if a.basis != b.basis or not both or len(jurisdictions) > 1:
        raise Refused("conflict")
    return Terms(
        scope=met_scopes(a.scope, b.scope),
        usable=met_windows(a.usable, b.usable),
        lease=min(a.lease, b.lease),
        purposes=both,
        basis=a.basis,
        retention_days=min(a.retention_days, b.retention_days),
        caveats=Caveats(
            onward=min(one.onward, two.onward),
            automated=one.automated and two.automated,
            cohort=max(one.cohort, two.cohort),
            jurisdiction=next(iter(jurisdictions), None),
        ),
    )


@dataclass(frozen=True)
class Token:
    """What was granted."""

    id: bytes
    suite: Suite
    nonce: bytes
    grantor: PublicKey
    recipient: bytes
    shown: bytes
    role: int
    attended: bool
    terms: Terms

    def permits(self, now: int, card: bytes) -> None:
        """[consent-5] and [consent-14], but for revocations."""
        usable = self.terms.usable
        if card != self.recipient:
            raise Refused("audience")
        if now < usable.first * MINUTE_MS:
            raise Refused("not-yet")
        if now >= usable.until * MINUTE_MS:
            raise Refused("expired")

    def grants(self, cell: Cell, start: int, end: int) -> None:
        """[consent-14]: an access that lies wholly in one granted window."""
        windows = cells(self.terms.scope).get(cell, [])
        if not any(it.covers(start, end) for it in windows):
            raise Refused("beyond")


def read_token(data: bytes) -> Token:
    """[consent-10]"""
    if data[:1] != bytes([LINKS]):
        raise Refused("malformed")
    link = data[1:]
    reader = payload(link, TOKEN_MOST)
    suite, nonce, grantor = read_suite(reader), reader.array(16), public_key(reader)
    recipient, shown, how = reader.array(32), reader.array(32), reader.u8()
    if how & ~ATTENDED >= ROLES:
        raise Refused("malformed")
    granted = terms(reader)
    reader.finish()
    return Token(
        id=statement(link, Domain.TOKEN, grantor),
        suite=suite,
        nonce=nonce,
        grantor=grantor,
        recipient=recipient,
        shown=shown,
        role=how & ~ATTENDED,
        attended=bool(how & ATTENDED),
        terms=granted,
    )


# Revocation.


@dataclass(frozen=True)
class Revocation:
    """A consent withdrawn."""

    token: bytes
    time: int
    grantor: PublicKey
    nonce: bytes


def read_revocation(data: bytes) -> Revocation:
    """A revocation by the key that it names; whether that withdraws a token is for `withdraws` to say."""
    revocation = decoded_revocation(data)
    statement(data, Domain.REVOCATION, revocation.grantor)
    return revocation


def decoded_revocation(data: bytes) -> Revocation:
    reader = payload(data, REVOCATION_MOST)
    revocation = Revocation(reader.array(32), reader.i64(), public_key(reader), reader.array(16))
    reader.finish()
    return revocation


def withdraws(revocation: Revocation, token: Token) -> bool:
    """[consent-25]"""
    return (revocation.token, revocation.grantor) == (token.id, token.grantor)
