"""Where models are kept: versions in MLflow, and in the lake those that scored its days."""
