"""A checkout whose pipeline is the real one and whose commands are a stand-in of milliseconds.

Each writes what it is told to write, made of what it reads, and says so in a log outside of the
checkout. So what DVC runs, restores and shows can be seen in seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("dvc.yaml", "pipeline/release/dvc.yaml", "params.yaml", "cold.yaml", ".gitignore",
        ".dvcignore", ".dvc/config", ".dvc/plots", ".dvc/.gitignore")  # fmt: skip
COMMAND = """
import hashlib, json, os, sys
from pathlib import Path

words = sys.argv[1:]
with open(os.environ["RAN"], "a") as log:
    log.write(" ".join(words) + "\\n")
OUTS = {"--out", "--train", "--test", "--plots", "--report", "--card", "--champion", "--headline"}
if words[0] in ("promote", "evaluate", "integrity", "assess", "train", "cold_train"):
    OUTS -= {"--train", "--test"}
if words[0] in ("record", "promote"):
    OUTS -= {"--plots"}
params = Path("params.yaml").read_text() if "--params" in words else ""
leaves = int(params.split("num_leaves: ")[1].split()[0]) if params else 0
options = dict(zip(words, words[1:]))
outs = [Path(options[name]) for name in OUTS & {*options}]
read = hashlib.md5(repr([word for word in words if word[:2] != "--"]).encode())
for given in sorted({*options.values()}):
    path = Path(given)
    if path in outs or not path.exists() or given == "params.yaml":
        continue
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            read.update(file.read_bytes())
read.update(str(leaves).encode())
digest = read.hexdigest()
tables = {
    "comparison": f"name,accuracy,low,high\\nscore,0.{70 + leaves},0.6,0.9\\nus,0.7,0.6,0.8\\n",
    "calibration": f"predicted,observed\\n0.1,0.{leaves:02d}\\n0.9,0.8\\n",
    "distribution": f"score,persons\\n10.0,{leaves}\\n11.0,7\\n",
    "scale": f"influence,score\\n0.0,{leaves}\\n1.0,50\\n",
    "effort": f"score,persons,more\\n20,0,\\n25,5,2.{leaves:02d}\\n30,0,\\n35,5,4.5\\n40,5,9.0\\n",
    "parts_by_network": "decile,network,part\\n" + "".join(
        f"{decile},{network},{decile * (leaves + 1) / 10}\\n"
        for network in ("facebook", "twitter") for decile in range(1, 11)),
    **{f"accuracy_by_{name}": f"{name if name != 'activity' else 'reactions'},accuracy,low,high\\n"
       + "".join(f"{band},0.{70 + leaves},0.6,0.9\\n" for band in ("0-5", "5-10", "10-20", "100+"))
       for name in ("gap", "networks", "activity")},
}
for out in outs:
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.name == "metrics.json":
        figures = {name: 0.4 + leaves / 1000 for name in
                   ("accuracy", "auc", "log_loss", "calibration_error", "share_of_truth")}
        out.write_text(json.dumps(figures, indent=1))
    elif out.suffix:
        out.write_text(digest)
    else:
        out.mkdir(exist_ok=True)
        for name in ("rows", "truth.parquet", "labels.parquet"):
            (out / name).write_text(digest)
        for name, table in tables.items() if out.name == "plots" else ():
            (out / f"{name}.csv").write_text(table)
if words[0] == "promote":
    with open("mlflow/mlflow.db", "a") as registry:
        registry.write((Path("models/candidate") / "rows").read_text() + "\\n")
if words[0] == "rebuild":
    Path("data/live").mkdir(exist_ok=True)
    Path("data/live/klout.json").write_text("{}")
"""
CODE = """
import re
from pathlib import Path

used = (Path("features") / "errors.py").read_text()
Path("data/code").mkdir(parents=True, exist_ok=True)
for file in ("dvc.yaml", "pipeline/release/dvc.yaml"):
    for stage in re.findall(r"data/code/(\\w+).txt", Path(file).read_text()):
        Path(f"data/code/{stage}.txt").write_text(used.partition("#")[0])
"""
REAL = 'import sys; sys.argv[1:1] = ["real"]\n' + COMMAND


class Checkout:
    """A folder with a repository in it.

    Parameters
    ----------
    folder
        Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.with_name(f"{folder.name}.log")
        self.env = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "RAN": str(self.log),
            "DVC_NO_ANALYTICS": "1",
            "COLUMNS": "160",
        } | dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "somebody") | dict.fromkeys(
            ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "somebody@example.org"
        )  # fmt: skip
        self.env.pop("PYTHONPATH", None)

    @staticmethod
    def made(folder: Path) -> Checkout:
        """Make one, with everything committed and nothing run."""
        for name in KEPT:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, folder / name)
        code = {"serving/cli/__main__.py": COMMAND, "pipeline/used_code.py": CODE,
                "evaluations/real/__main__.py": REAL, "features/errors.py": "1  # one\n",
                "training/use.py": "", "mlflow/README.md": ""}  # fmt: skip
        inits = ("serving", "serving/cli", "pipeline", "evaluations", "evaluations/real")
        code |= {f"{name}/__init__.py": "" for name in inits}  # else the real ones are found
        for name, text in code.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        checkout = Checkout(folder)
        checkout.run("git", "init", "--quiet")
        checkout.commit()
        return checkout

    def run(self, *words: str) -> str:
        """Run a program in it, which must succeed: its stdout."""
        done = subprocess.run(words, cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def dvc(self, *words: str) -> str:
        """Run DVC."""
        return self.run(sys.executable, "-m", "dvc", *words)

    def repro(self) -> list[str]:
        """Run both pipelines; gives what was run."""
        self.ran()
        self.dvc("repro", "--all-pipelines", "--quiet")
        return self.ran()

    def ran(self) -> list[str]:
        """Give the commands that were run since the last time."""
        text = self.log.read_text() if self.log.exists() else ""
        self.log.write_text("")
        return [line.split()[0] for line in text.splitlines()]

    def commit(self) -> None:
        """Commit all there is."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "all")
