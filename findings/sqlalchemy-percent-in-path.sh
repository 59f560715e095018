#!/usr/bin/env bash
# SQLAlchemy 2.1.9, a SQLite file whose path has a percent sign, given as a URL made by hand.
# Expected: as in SQLAlchemy 2.0, what follows the third slash is the path as it is.
# Seen: the path is percent-decoded, so another file is made than was named; `URL.create` keeps the path.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check sqlalchemy==2.1.9
env/bin/python - <<'PY'
import sqlalchemy as sa

by_hand = sa.make_url("sqlite:///50%25off.db").database
made = sa.URL.create("sqlite", database="50%25off.db").database
print(sa.__version__, "by hand:", by_hand, " made:", made)
assert (by_hand, made) == ("50%off.db", "50%25off.db"), "changed"
PY
