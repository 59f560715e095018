"""Names of topics, one at a time."""

from features.topics.ontology import Ontology


def name_of(ontology: Ontology, topic: str, language: str = "en") -> str:
    """Name a topic; one that the hierarchy does not have is called by its slug."""
    found = ontology.names(language).filter(topic=topic)["name"]
    return str(found[0]) if len(found) else topic
