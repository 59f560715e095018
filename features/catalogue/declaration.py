"""A network is one declaration: a TOML file read into frozen data, and no code.

A file ``NAME.toml`` declares the network ``NAME``::

    title = "Twitter"
    personal_only = false      # true: what a page receives counts for nothing
    page_graph = false         # true: accounts are pages, signals come from `links`
    profiles = ["twitter.com/{account}"]   # where profiles stand; may be left out

    [reactions]                # kind = what receiving it means
    retweet = "retweets of the person's tweets"

    [tallies]                  # kinds that are also counted without names: see docs/tables.md
    retweet = "retweets of the person's tweets, named or counted"

    [contents]                 # kind = the signal that counts what was published
    tweet = { signal = "tweets", meaning = "tweets published" }

    [counters]                 # audience = true: it counts people, who can be bought
    lists = { unit = "lists", sign = "up", meaning = "lists that others put the person on" }
    followers = { unit = "accounts", sign = "up", meaning = "their followers", audience = true }

    [ratios.followers_per_tweet]   # of / max(at_least, per), at_least being 1 if left out
    of = "followers"
    per = "tweets"
    unit = "accounts per tweet"
    sign = "up"
    meaning = "accounts that follow the person per tweet published"

`of` and `per` name a counter, the signal of a content kind or, in a page graph, `inlinks`,
`outlinks` or `pagerank`. `features.catalogue.network.Ratio` says which sign is safe. A counter with
an audience must be `up`, on a network with reactions: it is held against those who react.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

from features.catalogue.network import (
    PAGE_FIGURES,
    ContentKind,
    Counter,
    Network,
    Ratio,
    Reaction,
    Sign,
)
from features.errors import KloutError

BUILT_IN = Path(__file__).parent.parent / "networks"
MISSION = (
    "facebook",
    "twitter",
    "instagram",
    "googleplus",
    "linkedin",
    "foursquare",
    "wikipedia",
    "klout",
)
"""The eight networks the score was promised for; `search` and others stand beside them."""

_TABLES = ("reactions", "tallies", "contents", "counters", "ratios")

RESERVED = frozenset({"any", "connected", *PAGE_FIGURES})
"""Names the catalogue derives itself, so no declaration may use them."""

__all__ = [
    "BUILT_IN",
    "MISSION",
    "RESERVED",
    "ContentKind",
    "Counter",
    "Network",
    "Ratio",
    "Reaction",
    "Sign",
    "in_order",
    "load_network",
    "load_networks",
    "network_from_dict",
    "network_to_dict",
]


def load_networks(extra: Path | None = None, *, built_in: bool = True) -> tuple[Network, ...]:
    """Read the built-in declarations, then a user's own.

    Parameters
    ----------
    extra
        A directory of ``*.toml`` declarations. A file named as a built-in network replaces it.
    built_in
        Whether the built-in ones are read.

    Raises
    ------
    KloutError
        If the directory or a declaration is not as described in the module's docstring.
    """
    if extra is not None and not extra.is_dir():
        raise KloutError(f"{extra}: not a directory of network declarations")
    networks = dict(_built_in()) if built_in else {}
    if extra is not None:
        networks |= _read(extra)
    return in_order(networks.values())


def _read(folder: Path) -> dict[str, Network]:
    return {file.stem: load_network(file) for file in sorted(folder.glob("*.toml"))}


@cache
def _built_in() -> dict[str, Network]:
    """Read those that come with the package once; every write to a lake asks for them."""
    return _read(BUILT_IN)


def in_order(networks: Iterable[Network]) -> tuple[Network, ...]:
    """Sort networks: the eight of the mission first, then by name."""
    order = {name: place for place, name in enumerate(MISSION)}
    return tuple(sorted(networks, key=lambda each: (order.get(each.name, len(order)), each.name)))


def load_network(file: Path) -> Network:
    """Read one declaration.

    Raises
    ------
    KloutError
        If the file is not TOML, or a field is unknown, missing or of the wrong kind.
    """
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KloutError(f"{file}: not a network declaration in TOML: {error}") from error
    return network_from_dict(file.stem, data, str(file))


def network_from_dict(name: str, data: dict[str, Any], where: str) -> Network:
    """Check a declaration given as plain data, and freeze it.

    Parameters
    ----------
    name
        The network's name.
    data
        The declaration's fields, as in the TOML file.
    where
        Named in error messages.
    """
    allowed = {"title", "personal_only", "page_graph", "profiles", *_TABLES}
    if unknown := sorted(data.keys() - allowed):
        raise KloutError(f"{where}: unknown field {unknown[0]!r}; allowed: {sorted(allowed)}")
    _check_name(name, f"{where}: network")
    network = Network(
        name=name,
        title=_text(data.get("title", name), f"{where}: title"),
        personal_only=_flag(data.get("personal_only", False), f"{where}: personal_only"),
        page_graph=_flag(data.get("page_graph", False), f"{where}: page_graph"),
        reactions=tuple(
            Reaction(kind, _text(meaning, f"{where}: reactions.{kind}"))
            for kind, meaning in _table(data, "reactions", where)
        ),
        tallies=tuple(
            Reaction(kind, _text(meaning, f"{where}: tallies.{kind}"))
            for kind, meaning in _table(data, "tallies", where)
        ),
        contents=tuple(
            ContentKind(kind, **_fields(spec, ("signal", "meaning"), f"{where}: contents.{kind}"))
            for kind, spec in _table(data, "contents", where)
        ),
        counters=tuple(
            _counter(kind, spec, f"{where}: counters.{kind}")
            for kind, spec in _table(data, "counters", where)
        ),
        ratios=tuple(
            _ratio(kind, spec, f"{where}: ratios.{kind}")
            for kind, spec in _table(data, "ratios", where)
        ),
        profiles=_profiles(data.get("profiles", []), f"{where}: profiles"),
    )
    _check_distinct(network, where)
    _check_tallies(network, where)
    _check_audiences(network, where)
    _check_ratios(network, where)
    return network


def network_to_dict(network: Network) -> dict[str, Any]:
    """Undo `network_from_dict`: plain data that a model can carry in its JSON file.

    Of a network without tallies it says nothing of them, so that its digest is the same as ever.
    """
    profiles = {"profiles": list(network.profiles)} if network.profiles else {}
    tallies = {each.name: each.meaning for each in network.tallies}
    return {
        "title": network.title,
        "personal_only": network.personal_only,
        "page_graph": network.page_graph,
        **profiles,
        "reactions": {r.name: r.meaning for r in network.reactions},
        **({"tallies": tallies} if tallies else {}),
        "contents": {c.name: {"signal": c.signal, "meaning": c.meaning} for c in network.contents},
        "counters": {counter.name: _unnamed(counter) for counter in network.counters},
        "ratios": {ratio.name: _unnamed(ratio) for ratio in network.ratios},
    }


def _unnamed(thing: Counter | Ratio) -> dict[str, Any]:
    return {key: value for key, value in asdict(thing).items() if key != "name"}


def _counter(name: str, spec: Any, where: str) -> Counter:
    given = dict(spec) if isinstance(spec, dict) else {}
    audience = _flag(given.pop("audience", False), f"{where}.audience")
    fields = _fields(given or spec, ("unit", "sign", "meaning"), where)
    return Counter(name, audience=audience, **fields | {"sign": _sign(fields["sign"], where)})


def _ratio(name: str, spec: Any, where: str) -> Ratio:
    given = dict(spec) if isinstance(spec, dict) else {}
    at_least = _above_zero(given.pop("at_least", 1), f"{where}.at_least")
    fields = _fields(given or spec, ("of", "per", "unit", "sign", "meaning"), where)
    return Ratio(name, at_least=at_least, **fields | {"sign": _sign(fields["sign"], where)})


def _sign(value: str, where: str) -> Sign:
    if value not in get_args(Sign):
        raise KloutError(f"{where}.sign: {value!r} is none of {list(get_args(Sign))}")
    return cast(Sign, value)


def _above_zero(value: Any, where: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value <= sys.float_info.max:
        raise KloutError(f"{where}: must be a number above 0, is {value!r}")
    return float(value)


def _table(data: dict[str, Any], key: str, where: str) -> list[tuple[str, Any]]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise KloutError(f"{where}: {key} must be a table, is {type(table).__name__}")
    for name in table:
        _check_name(name, f"{where}: {key}")
    return list(table.items())


def _fields(spec: Any, names: tuple[str, ...], where: str) -> dict[str, Any]:
    if not isinstance(spec, dict) or set(spec) != set(names):
        raise KloutError(f"{where}: must have exactly the fields {list(names)}, is {spec!r}")
    return {name: _text(spec[name], f"{where}.{name}") for name in names}


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise KloutError(f"{where}: must be a text, is {value!r}")
    return value


def _profiles(value: Any, where: str) -> tuple[str, ...]:
    every = value if isinstance(value, list) else [value]
    for each in every:
        if not isinstance(each, str) or each.count("{account}") != 1 or "//" in each:
            shape = "github.com/{account}, without https://"
            raise KloutError(f"{where}: must be addresses as {shape}, is {each!r}")
    return tuple(every)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise KloutError(f"{where}: must be true or false, is {value!r}")
    return value


def _check_name(name: str, where: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise KloutError(f"{where}: {name!r} is no name; use a-z, 0-9 and _, a letter first")
    if name in RESERVED:
        raise KloutError(f"{where}: {name!r} is reserved; reserved are {sorted(RESERVED)}")


def _check_distinct(network: Network, where: str) -> None:
    single = [c.signal for c in network.contents] + [c.name for c in network.counters]
    single += [ratio.name for ratio in network.ratios]
    for name in single:
        _check_name(name, f"{where}: signal")
    if twice := sorted({name for name in single if single.count(name) > 1}):
        raise KloutError(f"{where}: the signal {twice[0]!r} is declared twice")


def _check_tallies(network: Network, where: str) -> None:
    reactions = [reaction.name for reaction in network.reactions]
    for each in network.tallies:
        if each.name not in reactions:
            raise KloutError(
                f"{where}: tallies.{each.name}: no reaction of {network.name}; are {reactions}"
            )


def _check_audiences(network: Network, where: str) -> None:
    for counter in network.counters if network.audiences else ():
        here = f"{where}: counters.{counter.name}"
        if counter.audience and not network.reactions:
            raise KloutError(
                f"{here}.audience: {network.name} declares no reactions to hold it against"
            )
        if counter.audience and counter.sign != "up":
            raise KloutError(f"{here}.sign: of an audience it must be 'up', is {counter.sign!r}")


def _check_ratios(network: Network, where: str) -> None:
    figures = sorted(network.figures())
    published = {kind.signal for kind in network.contents}
    for ratio in network.ratios:
        # Content that draws nothing must not raise a score.
        for part, name, sign in (("of", ratio.of, "down"), ("per", ratio.per, "up")):
            here = f"{where}: ratios.{ratio.name}.{part}"
            if name not in figures:
                raise KloutError(f"{here}: {name!r} is no figure of {network.name}; are {figures}")
            if name in published and ratio.sign != sign:
                raise KloutError(
                    f"{here}: {name!r} counts contents, so the sign must be {sign!r}, "
                    f"is {ratio.sign!r}"
                )
            if name in network.audiences and ratio.sign != "up":
                raise KloutError(
                    f"{here}: {name!r} is an audience, so the sign must be 'up', is {ratio.sign!r}"
                )
