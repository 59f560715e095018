"""What contents are about: hierarchies, which topic a tag is, and what people got for it."""
