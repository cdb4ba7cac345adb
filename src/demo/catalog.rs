//! The catalog service: `snake_case`, numbers as ids, pages, a bulk endpoint, answers that may be cached.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    calls::Calls,
    dates::iso_date,
    respond::{Parameters, cached, id, ids, invalid, missing, number, ok, problem, service, text},
    shop::{Product, Shop},
    words::{ARTICLES, RANGES},
};

/// How many products one request may ask for by id.
const MOST_IDS: usize = 50;
/// How long the catalog's answers stay fresh.
const FRESH: &str = "public, max-age=60";

struct Catalog {
    shop: Arc<Shop>,
    base_url: String,
}

#[derive(Serialize)]
struct WireProduct<'a> {
    id: u32,
    title: &'a str,
    description: &'a str,
    brand: &'a str,
    category: WireCategory,
    seller_id: u32,
    tags: &'a [&'static str],
    attributes: Attributes<'a>,
    images: [WireImage; 2],
    related_ids: &'a [u32],
    created_on: String,
}

#[derive(Serialize)]
struct Attributes<'a> {
    material: &'a str,
    color: &'a str,
    weight: String,
}

#[derive(Serialize)]
struct WireCategory {
    slug: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct WireImage {
    id: u32,
    role: &'static str,
    alt: String,
    href: String,
}

/// The routes of the service; `base_url` is its own address, for the pictures' addresses.
pub(super) fn router(shop: Arc<Shop>, calls: &Calls, base_url: &str) -> Router {
    let state = Arc::new(Catalog { shop, base_url: base_url.to_owned() });
    let counted = |endpoint, route| calls.counted("catalog", endpoint, route);
    service(
        Router::new()
            .route("/products", counted("GET /products", get(products).with_state(Arc::clone(&state))))
            .route("/products/{id}", counted("GET /products/{id}", get(product).with_state(Arc::clone(&state))))
            .route("/categories", counted("GET /categories", get(categories).with_state(Arc::clone(&state))))
            .route(
                "/categories/{slug}",
                counted("GET /categories/{slug}", get(category).with_state(Arc::clone(&state))),
            )
            .route("/promotions", counted("GET /promotions", get(promotions)))
            .route("/search", counted("GET /search", get(search).with_state(Arc::clone(&state))))
            .route("/images/{id}", counted("GET /images/{id}", get(image).with_state(Arc::clone(&state))))
            .route("/images/{id}/picture.svg", counted("GET /images/{id}/picture.svg", get(picture).with_state(state))),
    )
}

async fn products(State(catalog): State<Arc<Catalog>>, parameters: Parameters) -> Response {
    if let Some(ids) = ids(&parameters, "ids") {
        return by_ids(&catalog, &ids);
    }
    let (page, per_page) = (number(&parameters, "page", (1, 10_000)), number(&parameters, "per_page", (20, 100)));
    let (slug, seller) = (text(&parameters, "category"), text(&parameters, "seller_id"));
    let found: Vec<_> = catalog
        .shop
        .products
        .iter()
        .filter(|product| slug.is_none_or(|slug| RANGES[product.range].slug == slug))
        .filter(|product| seller.is_none_or(|seller| id(seller) == Some(product.seller)))
        .collect();
    let items: Vec<_> = found.iter().skip((page - 1) * per_page).take(per_page).map(|one| catalog.wire(one)).collect();
    let pages = found.len().div_ceil(per_page);
    let body = json!({ "page": page, "per_page": per_page, "pages": pages, "total": found.len(), "items": items });
    cached(ok(&body), FRESH)
}

fn by_ids(catalog: &Catalog, ids: &[&str]) -> Response {
    if ids.len() > MOST_IDS {
        return problem(StatusCode::BAD_REQUEST, "TOO_MANY_IDS", "at most 50 ids in one request");
    }
    let found = ids.iter().filter_map(|text| catalog.shop.product(id(text)?));
    let items: Vec<_> = found.map(|one| catalog.wire(one)).collect();
    cached(ok(&json!({ "total": items.len(), "items": items })), FRESH)
}

async fn product(State(catalog): State<Arc<Catalog>>, Path(text): Path<String>) -> Response {
    match id(&text).and_then(|id| catalog.shop.product(id)) {
        Some(product) => cached(ok(&catalog.wire(product)), FRESH),
        None => missing("product"),
    }
}

async fn categories(State(catalog): State<Arc<Catalog>>) -> Response {
    let all: Vec<_> = (0..RANGES.len()).map(|range| catalog.wire_category(range)).collect();
    cached(ok(&all), "public, max-age=300")
}

async fn category(State(catalog): State<Arc<Catalog>>, Path(slug): Path<String>) -> Response {
    match RANGES.iter().position(|range| range.slug == slug) {
        Some(range) => cached(ok(&catalog.wire_category(range)), "public, max-age=300"),
        None => missing("category"),
    }
}

/// What the front page promotes: a list whose elements say of which kind they are.
async fn promotions() -> Response {
    let article = |at: usize| {
        let (slug, headline, excerpt) = ARTICLES[at];
        json!({ "kind": "article", "id": format!("p-{slug}"), "headline": headline, "slug": slug,
            "excerpt": excerpt, "reading_minutes": reading_minutes(at) })
    };
    let product = |number: u32, headline: &str, badge: &str| {
        json!({ "kind": "product", "id": format!("p-{number}"), "headline": headline,
            "product_id": number, "badge": badge })
    };
    let category = |slug: &str, headline: &str| json!({ "kind": "category", "id": format!("p-{slug}"), "headline": headline, "category_slug": slug });
    let items = [
        product(14, "Our cup of the season", "new"),
        article(0),
        category("lighting", "Let there be lamps"),
        product(101, "Packed for the weekend", "bestseller"),
        article(2),
        product(207, "Worth staying in for", "limited"),
    ];
    cached(ok(&json!({ "items": items })), FRESH)
}

/// Products, categories and articles whose name holds the text.
async fn search(State(catalog): State<Arc<Catalog>>, parameters: Parameters) -> Response {
    let Some(wanted) = text(&parameters, "q").map(str::to_lowercase) else {
        return invalid("`q` is required");
    };
    let holds = |name: &str| name.to_lowercase().contains(&wanted);
    let categories = RANGES
        .iter()
        .enumerate()
        .filter(|(_, range)| holds(range.name))
        .map(|(at, _)| tagged("category", serde_json::to_value(catalog.wire_category(at))));
    let articles = ARTICLES.iter().enumerate().filter(|(_, (_, headline, _))| holds(headline)).map(
        |(at, (slug, headline, excerpt))| {
            json!({ "type": "article", "slug": slug, "headline": headline, "excerpt": excerpt,
                "reading_minutes": reading_minutes(at) })
        },
    );
    let products = catalog
        .shop
        .products
        .iter()
        .filter(|product| holds(&product.title))
        .map(|product| tagged("product", serde_json::to_value(catalog.wire(product))));
    let limit = number(&parameters, "limit", (10, 50));
    let hits: Vec<_> = categories.chain(articles).chain(products).take(limit).collect();
    cached(ok(&json!({ "hits": hits })), FRESH)
}

/// One rendition of a picture: its width is part of the address.
async fn image(State(catalog): State<Arc<Catalog>>, Path(text): Path<String>, parameters: Parameters) -> Response {
    let Some((id, _)) = id(&text).and_then(|id| Some((id, catalog.shop.pictured(id)?))) else {
        return missing("image");
    };
    match width(&parameters) {
        Some(width) => {
            let url = format!("{}?w={width}", catalog.href(id));
            let body = json!({ "id": id, "width": width, "height": width * 3 / 4, "url": url,
                "media_type": "image/svg+xml" });
            cached(ok(&body), "public, max-age=3600")
        }
        None => invalid("`w` must be a number from 16 to 2000"),
    }
}

/// The picture itself: drawn, because a demo that ships photographs would be heavy.
async fn picture(State(catalog): State<Arc<Catalog>>, Path(text): Path<String>, parameters: Parameters) -> Response {
    let Some((id, product)) = id(&text).and_then(|id| Some((id, catalog.shop.pictured(id)?))) else {
        return missing("image");
    };
    let Some(width) = width(&parameters) else {
        return invalid("`w` must be a number from 16 to 2000");
    };
    let hue = id * 47 % 360;
    let height = width * 3 / 4;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 300\" width=\"{width}\" height=\"{height}\">\
         <rect width=\"400\" height=\"300\" fill=\"hsl({hue} 45% 86%)\"/>\
         <circle cx=\"200\" cy=\"130\" r=\"70\" fill=\"hsl({hue} 40% 58%)\"/>\
         <text x=\"200\" y=\"252\" font-family=\"sans-serif\" font-size=\"22\" text-anchor=\"middle\" \
         fill=\"hsl({hue} 40% 25%)\">{}</text></svg>",
        product.title
    );
    cached(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response(), "public, max-age=3600")
}

// === impl Catalog ===

impl Catalog {
    fn href(&self, image: u32) -> String {
        format!("{}/images/{image}/picture.svg", self.base_url)
    }

    fn wire<'a>(&self, product: &'a Product) -> WireProduct<'a> {
        let image = |number: u32, role: &'static str, alt: String| {
            let id = product.id * 100 + number;
            WireImage { id, role, alt, href: self.href(id) }
        };
        let range = &RANGES[product.range];
        WireProduct {
            id: product.id,
            title: &product.title,
            description: &product.description,
            brand: product.brand,
            category: WireCategory { slug: range.slug, name: range.name },
            seller_id: product.seller,
            tags: &product.tags,
            attributes: Attributes {
                material: product.material,
                color: product.color,
                weight: format!("{} g", product.weight_grams),
            },
            // The cover is not the first one: who wants it must look for its role.
            images: [
                image(2, "detail", format!("{} from close by", product.title)),
                image(1, "cover", product.title.clone()),
            ],
            related_ids: &product.related,
            created_on: iso_date(product.created),
        }
    }

    fn wire_category(&self, range: usize) -> Value {
        let count = self.shop.products.iter().filter(|product| product.range == range).count();
        json!({ "slug": RANGES[range].slug, "name": RANGES[range].name, "product_count": count })
    }
}

/// How long it takes to read an article.
fn reading_minutes(article: usize) -> usize {
    3 + article
}

/// The width asked for, 640 where none is; none where it makes no sense.
fn width(parameters: &Parameters) -> Option<u32> {
    let width = text(parameters, "w").map_or(Some(640), |value| value.parse().ok())?;
    (16..=2000).contains(&width).then_some(width)
}

/// The object with its type as one more member.
fn tagged(kind: &str, value: serde_json::Result<Value>) -> Value {
    let mut value = value.expect("the demo's answers are maps with text keys");
    if let Value::Object(members) = &mut value {
        members.insert("type".to_owned(), kind.into());
    }
    value
}
