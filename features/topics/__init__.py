"""What contents are about: tags and hierarchies of topics, and what contents of a topic drew."""
