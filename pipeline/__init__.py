"""What the pipeline of `dvc.yaml` needs beside the product: which code a stage uses."""
