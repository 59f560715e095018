"""Keys to the API: what opens, what does not, and what is kept of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from features.errors import KloutError
from serving.cli.app import app
from serving.store import Store
from serving.store.schema import api_keys


def test_a_key_opens_with_its_secret_alone(store: Store) -> None:
    key, secret = store.create_key("ann's page", ["read", "score"], per_minute=60)
    other, _ = store.create_key("bob", ["admin"])
    assert store.verify_key(secret) == key
    assert (key.name, key.scopes, key.per_minute) == ("ann's page", {"read", "score"}, 60)
    assert (other.per_minute, other.revoked_at) == (None, None)
    for wrong in ("", secret[:-1], secret.upper(), key.id):
        assert store.verify_key(wrong) is None


def test_a_revoked_key_opens_nothing_and_stays_listed(store: Store) -> None:
    key, secret = store.create_key("ann", ["read"])
    store.revoke_key(key.id)
    assert store.verify_key(secret) is None
    (listed,) = store.keys()
    store.revoke_key(key.id)
    assert store.keys() == [listed]
    assert listed.revoked_at >= listed.created_at


def test_no_secret_is_in_the_database(store: Store) -> None:
    _, secret = store.create_key("ann", ["read"])
    with store.engine.connect() as connection:
        kept = str(connection.execute(select(api_keys)).all())
    assert secret.removeprefix("klout_") not in kept


@pytest.mark.parametrize("scopes", [[], ["write"], ["read", "root"]])
def test_a_scope_that_there_is_not_is_refused(store: Store, scopes: list[str]) -> None:
    with pytest.raises(KloutError, match=r"expected some of \['read', 'score', 'admin'\]"):
        store.create_key("ann", scopes)


def test_a_key_that_there_is_not_is_named(store: Store) -> None:
    with pytest.raises(KloutError, match="no key 'abc'"):
        store.revoke_key("abc")


def test_commands_make_list_and_revoke(url: str) -> None:
    def klout(*words: str) -> list[str]:
        done = CliRunner().invoke(app, ["keys", *words, "--store", url])
        assert done.exit_code == 0
        return done.stdout.splitlines()

    (secret,) = klout("create", "ann", "--scope", "read", "--scope", "score", "--per-minute", "9")
    (line,) = klout("list")
    key, _, told = line.partition("  ")
    assert told.startswith("read score, 9 a minute, made ")
    with Store.open(url) as store:
        assert store.verify_key(secret).id == key
        klout("revoke", key)
        assert store.verify_key(secret) is None
    assert ", revoked " in klout("list")[0]
