"""The commands of training, one file a group.

What does the work is imported by the command that needs it: LightGBM, scikit-learn and MLflow
take seconds to import, and `klout ingest` needs none of them.
"""

import typer

from training.commands import evaluation, judgements, models, promotion, tuning

app = typer.Typer()
for group in (judgements, models, tuning, evaluation, promotion):
    app.registered_commands += group.app.registered_commands
