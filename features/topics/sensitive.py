"""Topics that are not shown of people unless an operator turns them on.

What somebody reads and writes about tells what they may not want told: what the GDPR calls special
categories (article 9). These are slugs of Klout's ontology; all below them is hidden as well, and
each is hidden where there is no ontology too. Crafts are not among them, as cardiology or law: to
be expert in one is a profession. What Klout put below a topic is hidden with it, as political
science with politics, and singers of gospel with religion.
"""

from __future__ import annotations

HEALTH = (
    *("health", "healthcare", "diseases", "mental-health", "addiction", "alcoholism", "anxiety"),
    *("disabilities", "autism", "blindness", "deafness", "dyslexia", "epilepsy", "migraines"),
    *("allergies", "cancer", "heart-disease", "viruses", "obesity", "weight-loss", "injuries"),
    *("attention-deficit-hyperactivity-disorder", "huntingtons-disease", "homeopathy"),
    *("medications", "vaccines", "plastic-surgery", "alternative-medicine", "death-and-dying"),
    *("pregnancy", "childbirth", "breastfeeding", "birth-control", "abortion-debate"),
)
BELIEF = (
    *("religion", "spirituality", "atheism", "astrology", "tarot", "meditation", "vatican-city"),
    *("islamism", "zionism", "freemasonry"),
)
POLITICS = (
    *("politics", "activism", "government", "democracy", "liberalism", "socialism", "communism"),
    *("marxism", "feminism", "social-justice", "human-rights", "labor-unions", "voting"),
    *("us-presidents", "heads-of-state", "us-first-ladies", "terrorism", "censorship"),
    *("parliament", "united-states-congress", "us-senate", "house-of-representatives"),
    *("foreign-policy", "public-policy", "welfare"),
)
SEXUALITY = (
    "lgbt-issues",
    "same-sex-marriage",
    "sex-education",
    "porn",
    "dating",
    "relationships",
    "marriage",
)
ETHNICITY = (
    *("native-american", "african-american-history", "immigration", "racial-inequality"),
    *("cultural-diversity", "multiculturalism"),
)

HIDDEN = (*HEALTH, *BELIEF, *POLITICS, *SEXUALITY, *ETHNICITY)
