"""References and aliases: generated, never typed, so that no clear column can name a person."""

import secrets

from django.db import connection

WORDS = [
    "Alder",
    "Anchor",
    "Aspen",
    "Aster",
    "Badger",
    "Basalt",
    "Beacon",
    "Birch",
    "Bracken",
    "Breeze",
    "Bridge",
    "Cedar",
    "Chestnut",
    "Clover",
    "Comet",
    "Coral",
    "Cricket",
    "Crocus",
    "Curlew",
    "Dahlia",
    "Delta",
    "Dune",
    "Elder",
    "Ember",
    "Falcon",
    "Fern",
    "Finch",
    "Fjord",
    "Flint",
    "Garnet",
    "Ginkgo",
    "Glacier",
    "Granite",
    "Harbour",
    "Hazel",
    "Heather",
    "Heron",
    "Holly",
    "Ibis",
    "Indigo",
    "Iris",
    "Jasper",
    "Juniper",
    "Kestrel",
    "Lagoon",
    "Lantern",
    "Larch",
    "Lark",
    "Lichen",
    "Lilac",
    "Linden",
    "Lotus",
    "Magnolia",
    "Maple",
    "Marigold",
    "Marlin",
    "Meadow",
    "Moss",
    "Myrtle",
    "Nettle",
    "Nutmeg",
    "Oak",
    "Ocean",
    "Olive",
    "Opal",
    "Orchid",
    "Osprey",
    "Otter",
    "Pebble",
    "Pine",
    "Plover",
    "Poplar",
    "Prairie",
    "Quartz",
    "Quill",
    "Raven",
    "Reef",
    "Ridge",
    "River",
    "Robin",
    "Rowan",
    "Saffron",
    "Sage",
    "Sandpiper",
    "Sequoia",
    "Slate",
    "Sorrel",
    "Sparrow",
    "Spruce",
    "Starling",
    "Summit",
    "Swift",
    "Tamarind",
    "Teal",
    "Thistle",
    "Thyme",
    "Tundra",
    "Valley",
    "Verbena",
    "Violet",
    "Walnut",
    "Willow",
    "Wren",
    "Yarrow",
    "Zephyr",
]


def next_reference() -> str:
    """Return the next case number, such as C-2047; numbers of refused transactions are not used again."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('recourse_case_number')")
        (number,) = cursor.fetchone()
    return f"C-{number}"


def suggest_alias() -> str:
    """Return a neutral word for a case."""
    return secrets.choice(WORDS)


def is_alias(text: str) -> bool:
    """Whether an alias comes from the generated words."""
    return text in WORDS
