"""The command line, one file a group of commands; nothing else knows Typer and rich.

What does the work is imported by the command that needs it: LightGBM, scikit-learn and MLflow
take seconds to import, and `klout ingest` needs none of them.
"""
