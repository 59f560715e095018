"""A place: what people are on one network, how strong, how often they publish, who may react."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import Network
from features.simulator.chance import Flags, Floats, Ints, logistic, stream
from features.simulator.identities import Accounts, accounts, second_accounts
from features.simulator.policy import Policy
from features.simulator.population import People
from features.simulator.rates import NetworkRates


@dataclass(frozen=True)
class Place:
    """One network of the world. Arrays of n are per account of a person, of m per any account.

    Attributes
    ----------
    strength
        Shape (n,): influence as exercised here; `Policy.base` is ordinary. Reactions grow as its
        exponential.
    posting
        Shape (n,): contents published, as a multiple of the ordinary.
    luck
        Shape (n,): noise in the log of what the same strength draws.
    group
        Shape (n,): number of the group if this network is its home, else -1.
    discernment
        Shape (m,): the log influence of whose it is.
    activity
        Shape (m,): reactions given, as a multiple of the ordinary.
    budget
        Shape (m,): reactions it can give a day.
    zone
        Shape (m,): hours ahead of UTC.
    bot
        Shape (m,): a machine acts for it.
    throwaways
        How many accounts, the last of all, are opened only to fill orders.
    """

    network: Network
    rates: NetworkRates
    accounts: Accounts
    strength: Floats
    posting: Floats
    luck: Floats
    group: Ints
    discernment: Floats
    activity: Floats
    budget: Ints
    zone: Floats
    bot: Flags
    throwaways: int


def publishing(catalogue: Catalogue) -> list[Network]:
    """Name the networks where contents draw reactions, in the catalogue's order."""
    return [network for network in catalogue.networks if network.contents and network.reactions]


def places(catalogue: Catalogue, folk: People, days: int, seed: int, policy: Policy) -> list[Place]:
    """Give everyone a place on some networks.

    Influence is divided, and adds up: the strengths s of a person of log influence t on the
    networks where contents are published satisfy ``log(sum exp(s)) = base + t``, so that what it
    drives in all is the same however many networks it is divided among. Elsewhere
    (Klout, Wikipedia, search) the strength is ``base + t``.
    """
    networks = publishing(catalogue)
    part = _parts(networks, folk, seed, policy)
    most = part.max(axis=1, initial=0.0)
    columns = {network.name: part[:, column] for column, network in enumerate(networks)}
    order = {network.name: column for column, network in enumerate(networks)}
    found = []
    for network in catalogue.networks:
        share = columns.get(network.name, _recorded(network, folk, seed, policy))
        home = folk.home == order.get(network.name, -2)
        found.append(_place(network, folk, share, share == most, home, days, seed, policy))
    return found


def _parts(networks: list[Network], folk: People, seed: int, policy: Policy) -> Floats:
    """Divide each person among networks: shape (persons, networks), rows sum to 1, 0 is absent."""
    parts = np.zeros((len(folk), len(networks)))
    for column, network in enumerate(networks):
        rng = stream(seed, "presence", network.name)
        presence = policy.of(network.name).presence
        odds = np.log(presence / (1 - presence)) + policy.presence_slope * folk.influence
        here = rng.random(len(folk)) < logistic(odds)
        size = rng.gamma(policy.places, size=len(folk)) * presence + 1e-3
        # A group's home is where its members spend most of their time.
        at_home = folk.home == column
        parts[:, column] = np.where(at_home, 2.0 * size, size * here)
    if networks:
        nowhere = parts.sum(axis=1) == 0
        parts[nowhere, np.argmax([policy.of(network.name).presence for network in networks])] = 1.0
        parts /= parts.sum(axis=1, keepdims=True)
    return parts


def _recorded(network: Network, folk: People, seed: int, policy: Policy) -> Floats:
    """Say who is known where nobody publishes: 1 or 0."""
    rng = stream(seed, "presence", network.name)
    rates = policy.of(network.name)
    if network.reactions:  # an account that people open, as on Klout
        chance = np.full(len(folk), rates.presence)
    else:  # a record that others keep of the notable, as on Wikipedia
        chance = logistic(1.5 * (folk.influence - rates.notable))
    return (rng.random(len(folk)) < chance).astype(np.float64)


def _place(
    network: Network,
    folk: People,
    share: Floats,
    main: Flags,
    home: Flags,
    days: int,
    seed: int,
    policy: Policy,
) -> Place:
    rng = stream(seed, "place", network.name)
    first = np.flatnonzero(share > 0)
    second = second_accounts(rng, first, policy)
    owner = np.concatenate([first, second])
    total = np.maximum(policy.base + folk.influence, 0.2)[owner]
    strength = total + np.log(share[owner])
    strength[len(first) :] += policy.second_strength
    thrown = round(policy.throwaways * len(owner)) if network.reactions else 0
    outsiders = _outsiders(network, len(owner), policy) + thrown
    opened = accounts(
        rng,
        network.name[:2],
        owner,
        folk.registered[owner],
        main[owner],
        outsiders,
        days,
        policy,
        pages=network.personal_only,
    )
    active = policy.outsider_activity * np.exp(
        policy.activity_spread * rng.standard_normal(outsiders)
    )
    active[outsiders - thrown :] = 0.0  # they do nothing of their own accord
    activity = np.concatenate([folk.activity[owner] * np.sqrt(share[owner]), active])
    is_member = home[owner] & (np.arange(len(owner)) < len(first))
    return Place(
        network=network,
        rates=policy.of(network.name),
        accounts=opened,
        strength=np.maximum(strength, 0.0),
        posting=folk.habit[owner] * np.sqrt(share[owner]),
        luck=policy.place_noise * rng.standard_normal(len(owner)),
        group=np.where(is_member, folk.group[owner], -1),
        discernment=np.concatenate(
            [folk.influence[owner], policy.outsider_mean + 0.8 * rng.standard_normal(outsiders)]
        ),
        activity=activity,
        budget=_budget(folk, owner, activity, policy),
        zone=np.concatenate([folk.zone[owner], rng.choice(folk.zone, outsiders)]),
        bot=np.concatenate([bots(folk, policy)[owner], np.zeros(outsiders, np.bool_)]),
        throwaways=thrown,
    )


def _outsiders(network: Network, owned: int, policy: Policy) -> int:
    if not network.reactions:
        return 0
    return max(policy.fewest_outsiders, round(policy.outsiders * owned))


def bots(folk: People, policy: Policy) -> Flags:
    """Say which persons are machines."""
    machines: Flags = np.array([kind.bot for kind in policy.kinds])[folk.kind]
    return machines


def _budget(folk: People, owner: Ints, activity: Floats, policy: Policy) -> Ints:
    budget = np.clip(policy.budget * np.sqrt(activity) + 1, 1, policy.budget_most)
    budget[: len(owner)][bots(folk, policy)[owner]] = policy.budget_bot
    budget[activity == 0] = policy.budget_thrown
    return budget.astype(np.int64)
