"""What contents are about: hierarchies of topics, and which topic a tag is."""
