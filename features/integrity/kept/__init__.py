"""Days that are kept, so that a few accounts can be judged without reading the lake again."""
