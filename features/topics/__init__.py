"""What contents are about, and what people received for contents of a topic."""
