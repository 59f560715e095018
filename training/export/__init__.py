"""A model as others load it: a graph of ONNX, and a folder of MLflow."""
