//! The words that the shop is made of. All brands, sellers and people are invented.

/// A range of goods: what it is called and what its products are made of.
#[derive(Debug)]
pub(super) struct Range {
    /// The name in addresses.
    pub(super) slug: &'static str,
    /// The name on the page.
    pub(super) name: &'static str,
    /// Things with their lowest and highest price in cents.
    pub(super) things: &'static [(&'static str, u32, u32)],
    /// What they are made of.
    pub(super) materials: &'static [&'static str],
    /// What they are good for: ends the sentence "Made for ...".
    pub(super) uses: &'static [&'static str],
}

/// The twelve ranges of the shop.
pub(super) const RANGES: &[Range] = &[
    Range {
        slug: "kitchen",
        name: "Kitchen",
        things: &[
            ("Serving Board", 2490, 6900),
            ("Mixing Bowl", 1890, 4490),
            ("Paring Knife", 1990, 5900),
            ("Saucepan", 3990, 11900),
            ("Colander", 2290, 4990),
            ("Pepper Mill", 2490, 5490),
        ],
        materials: &["Oak", "Walnut", "Stoneware", "Steel", "Enamel"],
        uses: &["long Sundays at the stove", "small kitchens with big plans", "daily use and the dishwasher"],
    },
    Range {
        slug: "coffee-and-tea",
        name: "Coffee & Tea",
        things: &[
            ("Mug", 990, 2490),
            ("Teapot", 2990, 7900),
            ("Hand Grinder", 4990, 12900),
            ("Pour-Over Dripper", 1990, 4490),
            ("Milk Jug", 1290, 2990),
            ("Tea Tin", 890, 1990),
        ],
        materials: &["Stoneware", "Porcelain", "Copper", "Glass", "Steel"],
        uses: &["slow mornings", "the second cup", "an honest break at four o'clock"],
    },
    Range {
        slug: "lighting",
        name: "Lighting",
        things: &[
            ("Desk Lamp", 4990, 14900),
            ("Pendant Light", 6990, 19900),
            ("Lantern", 2490, 6900),
            ("Wall Lamp", 4490, 9900),
            ("Night Light", 1490, 2990),
        ],
        materials: &["Brass", "Linen", "Opal Glass", "Ash", "Powder-Coated"],
        uses: &["reading corners", "tables that host late dinners", "halls that never see the sun"],
    },
    Range {
        slug: "desk",
        name: "Desk",
        things: &[
            ("Pen Tray", 1490, 3490),
            ("Notebook", 790, 1990),
            ("Letter Rack", 1990, 3990),
            ("Desk Pad", 2990, 7900),
            ("Book Stand", 2490, 5490),
            ("Paper Clip Dish", 690, 1690),
        ],
        materials: &["Cork", "Felt", "Walnut", "Recycled Paper", "Leather"],
        uses: &["desks that must look tidy by Friday", "people who still write lists", "quiet work"],
    },
    Range {
        slug: "garden",
        name: "Garden",
        things: &[
            ("Watering Can", 2490, 5900),
            ("Hand Trowel", 1490, 3490),
            ("Planter", 1990, 8900),
            ("Bird Feeder", 1990, 4490),
            ("Garden Shears", 2990, 6900),
            ("Seed Box", 1490, 2990),
        ],
        materials: &["Galvanized", "Terracotta", "Cedar", "Zinc", "Forged Steel"],
        uses: &["balconies and back yards", "the first warm weekend", "soil that fights back"],
    },
    Range {
        slug: "outdoor",
        name: "Outdoor",
        things: &[
            ("Flask", 1990, 4490),
            ("Camp Stool", 2990, 6900),
            ("Picnic Blanket", 3490, 7900),
            ("Fire Bowl", 7900, 19900),
            ("Trail Pouch", 1490, 3490),
        ],
        materials: &["Waxed Canvas", "Steel", "Wool", "Beech", "Ripstop"],
        uses: &["lake shores", "trains to the hills", "evenings that get cold fast"],
    },
    Range {
        slug: "bags",
        name: "Bags",
        things: &[
            ("Backpack", 5990, 15900),
            ("Tote", 1990, 5900),
            ("Weekender", 8900, 21900),
            ("Wash Bag", 1990, 4490),
            ("Cycle Bag", 4490, 9900),
        ],
        materials: &["Canvas", "Waxed Cotton", "Felt", "Leather", "Recycled Nylon"],
        uses: &["the commute and the weekend after it", "markets and libraries", "carry-on only"],
    },
    Range {
        slug: "bath",
        name: "Bath",
        things: &[
            ("Bath Towel", 1990, 4990),
            ("Soap Dish", 890, 2490),
            ("Bath Brush", 1290, 2790),
            ("Laundry Basket", 3490, 7900),
            ("Bath Mat", 1990, 4490),
        ],
        materials: &["Waffle Cotton", "Bamboo", "Soapstone", "Seagrass", "Linen"],
        uses: &["small bathrooms", "long baths", "guests who stay longer than planned"],
    },
    Range {
        slug: "bedroom",
        name: "Bedroom",
        things: &[
            ("Throw", 3990, 9900),
            ("Pillowcase", 1490, 3490),
            ("Bedside Tray", 1990, 4990),
            ("Quilt", 8900, 22900),
            ("Alarm Clock", 2490, 5490),
        ],
        materials: &["Linen", "Merino", "Washed Cotton", "Maple", "Alpaca"],
        uses: &["rooms with a draught", "late sleepers", "beds that are also sofas"],
    },
    Range {
        slug: "play",
        name: "Play",
        things: &[
            ("Building Blocks", 1990, 4990),
            ("Puzzle", 1290, 2990),
            ("Spinning Top", 590, 1490),
            ("Card Game", 990, 2490),
            ("Pull-Along Animal", 1490, 3490),
        ],
        materials: &["Beech", "Maple", "Painted", "Felt", "Recycled Card"],
        uses: &["rainy afternoons", "hands from three to ninety-three", "tables without screens"],
    },
    Range {
        slug: "pantry",
        name: "Pantry",
        things: &[
            ("Storage Jar", 990, 2490),
            ("Bread Bin", 3990, 8900),
            ("Spice Rack", 2990, 6900),
            ("Egg Tray", 890, 1990),
            ("Oil Bottle", 1290, 2990),
        ],
        materials: &["Glass", "Enamel", "Stoneware", "Acacia", "Tin"],
        uses: &["shelves that are always too short", "dry goods and sweet secrets", "bread of the day before"],
    },
    Range {
        slug: "sound",
        name: "Sound",
        things: &[
            ("Kitchen Radio", 5990, 14900),
            ("Record Stand", 3490, 7900),
            ("Door Chime", 1990, 4490),
            ("Music Box", 1490, 3990),
            ("Bookshelf Speaker", 9900, 29900),
        ],
        materials: &["Walnut", "Oak", "Brass", "Cork", "Bamboo"],
        uses: &["rooms with thin walls", "Sunday records", "news with breakfast"],
    },
];

/// Names of product lines: they set equal things apart.
pub(super) const LINES: &[&str] = &[
    "Wren", "Holm", "Tarn", "Sorrel", "Fjell", "Juniper", "Harbour", "Lumen", "Bracken", "Oriel", "Pebble", "Skerry",
    "Marram", "Tansy", "Umber",
];

/// Invented brands.
pub(super) const BRANDS: &[&str] = &[
    "Quillmere",
    "Hartwhistle",
    "Brindlecove",
    "Osmundry",
    "Tallowick",
    "Larkspindle",
    "Marrowby",
    "Saltmarrow",
    "Fennimoor",
    "Ashquarry",
    "Dunnockreed",
    "Velloway",
];

/// What invented sellers call themselves after their own name.
pub(super) const SELLER_KINDS: &[&str] = &["Workshop", "Supply", "Traders", "& Daughters", "Collective", "Makers"];

/// First words of sellers' names.
pub(super) const SELLER_NAMES: &[&str] = &[
    "Copperlane",
    "Mossgate",
    "Twelve Acre",
    "Lowtide",
    "Birchwater",
    "Old Ferry",
    "Highcroft",
    "Bluebarrow",
    "Kettlewood",
    "Stonefold",
    "Windrose",
    "Greyhythe",
];

/// Cities with their country and the first digits of their post codes.
pub(super) const CITIES: &[(&str, &str, u32)] = &[
    ("Ghent", "BE", 90),
    ("Porto", "PT", 40),
    ("Aarhus", "DK", 80),
    ("Bologna", "IT", 40),
    ("Utrecht", "NL", 35),
    ("Graz", "AT", 80),
    ("Lyon", "FR", 69),
    ("Tampere", "FI", 33),
    ("Leipzig", "DE", 41),
    ("Cork", "IE", 12),
    ("Valencia", "ES", 46),
    ("Gothenburg", "SE", 41),
    ("Ljubljana", "SI", 10),
    ("Basel", "CH", 40),
];

/// Streets.
pub(super) const STREETS: &[&str] = &[
    "Mill Lane",
    "Station Road",
    "Canal Street",
    "Orchard Way",
    "Bakers Row",
    "North Quay",
    "Linden Avenue",
    "Chapel Hill",
    "Market Square",
    "Tanner Street",
    "Garden Terrace",
    "Lighthouse Road",
];

/// First names.
pub(super) const FIRST_NAMES: &[&str] = &[
    "Amara", "Bruno", "Celia", "Dario", "Edith", "Farid", "Greta", "Hamza", "Ines", "Jonas", "Kaja", "Leon", "Mina",
    "Noor", "Oskar", "Petra", "Quinn", "Rosa", "Samir", "Thea", "Umut", "Vera", "Wanda", "Yusuf",
];

/// Last names.
pub(super) const LAST_NAMES: &[&str] = &[
    "Aldervale",
    "Brightwell",
    "Castellane",
    "Dunmarrow",
    "Everholt",
    "Fairbourne",
    "Glenister",
    "Hollinshade",
    "Ingleby",
    "Jarrowmere",
    "Kestrelby",
    "Lindqvale",
    "Merriden",
    "Northcote",
    "Oakhanger",
    "Pennyfeather",
    "Quarrington",
    "Ravensworth",
    "Silverdene",
    "Thornaby",
];

/// Colors.
pub(super) const COLORS: &[&str] =
    &["sand", "ink blue", "moss", "chalk", "rust", "charcoal", "oat", "plum", "natural", "sea green"];

/// Opening sentences of descriptions; `{thing}` stands for the thing.
pub(super) const OPENINGS: &[&str] = &[
    "A {thing} that does one thing and does it well.",
    "Our take on the everyday {thing}, made in small runs.",
    "The {thing} you stop noticing, because it simply works.",
    "A sturdy {thing} with soft edges and a long life.",
    "A {thing} designed to be repaired, not replaced.",
];

/// Tags.
pub(super) const TAGS: &[&str] =
    &["handmade", "gift", "small-space", "repairable", "plastic-free", "limited", "bestseller", "new-season"];

/// Titles of reviews, from one star to five.
pub(super) const REVIEW_TITLES: [&[&str]; 5] = [
    &["Sent it back", "Not for me", "Broke within a week"],
    &["Expected more", "Looks better in the picture", "Fine until it was not"],
    &["Does the job", "Good, with a but", "Solid middle of the road"],
    &["Very happy", "Nearly perfect", "Better than expected"],
    &["Would buy again", "A small joy every day", "Exactly right", "Bought a second one"],
];

/// Texts of reviews, from one star to five; `{thing}` stands for the thing.
pub(super) const REVIEW_TEXTS: [&[&str]; 5] = [
    &[
        "The {thing} arrived with a crack and the replacement was no better.",
        "I wanted to like this {thing}, but it wobbles and the finish came off on the first day.",
    ],
    &[
        "The {thing} is smaller than I thought and the color is not the one in the picture.",
        "Pretty, but after a month this {thing} shows its age already.",
    ],
    &[
        "A decent {thing}. Nothing to complain about, nothing to write home about.",
        "The {thing} itself is good, the packaging was a mountain of paper.",
    ],
    &[
        "We use the {thing} nearly every day. One star less because delivery took two weeks.",
        "Well made {thing}, feels solid in the hand. I only wish it came in more colors.",
    ],
    &[
        "I did not know one could be fond of a {thing}. Now I do.",
        "This {thing} is lovely to look at and still looks new after a year of daily use.",
        "Gave the {thing} to my sister and had to order another one for myself.",
    ],
];

/// Headlines of articles with their excerpts.
pub(super) const ARTICLES: &[(&str, &str, &str)] = &[
    ("care-for-wood", "How to care for wood", "Oil, patience and why the dishwasher is not your friend."),
    ("a-better-cup", "Three habits for a better cup", "Fresh water, a warm pot and four quiet minutes."),
    ("gifts-under-thirty", "Gifts under thirty", "Small things that say more than a voucher."),
    ("mend-it-first", "Mend it first", "A visit to the repair bench behind our warehouse."),
];
