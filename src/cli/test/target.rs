//! From `target` to a connector: `Query.products`, `Product.reviews[1]`, `Product[0]`, `Product`, or a connector's id.

use std::fmt;

use crate::{
    diagnostic::did_you_mean,
    model::{Connector, ConnectorId, Model, Place},
};

/// A target that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnknownTarget {
    pub(super) message: String,
    pub(super) hint: String,
}

/// The place of a connector without its number.
struct Coordinate<'c>(&'c Place);

/// The connector of `target`. Without a number it is the first of its place.
pub(super) fn find(model: &Model, target: &str) -> Result<ConnectorId, UnknownTarget> {
    if let Some(connector) = model.connectors.iter().find(|connector| *connector.name == *target) {
        return Ok(connector.id);
    }
    let (place, number) = match target.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((place, number)) => (place, number.parse::<usize>().ok()),
        None => (target, Some(0)),
    };
    let here: Vec<&Connector> = model.connectors.iter().filter(|connector| stands_at(connector, place)).collect();
    if let Some(connector) = number.and_then(|number| here.get(number)) {
        return Ok(connector.id);
    }
    Err(match here.len() {
        0 => unknown(model, place),
        1 => UnknownTarget {
            message: format!("there is no `{target}`: `{place}` has one connector"),
            hint: format!("write `{place}`, or `{place}[0]`"),
        },
        count => UnknownTarget {
            message: format!("there is no `{target}`: `{place}` has {count} connectors"),
            hint: format!("write `{place}[0]` to `{place}[{}]`", count - 1),
        },
    })
}

fn stands_at(connector: &Connector, place: &str) -> bool {
    Coordinate(&connector.place).to_string() == place
}

fn unknown(model: &Model, place: &str) -> UnknownTarget {
    const MOST_NAMES: usize = 12;
    let mut places: Vec<String> = Vec::new();
    for connector in &model.connectors {
        for name in [connector.name.to_string(), Coordinate(&connector.place).to_string()] {
            if !places.contains(&name) {
                places.push(name);
            }
        }
    }
    let hint = match did_you_mean(place, &places) {
        Some(near) => format!("did you mean `{near}`?"),
        None if places.is_empty() => "the schema has no `@connect`".to_owned(),
        None if places.len() > MOST_NAMES => {
            "write `Type.field`, `Type.field[1]`, `Type[0]` or the `id` of a connector".to_owned()
        }
        None => format!(
            "the connectors are {}",
            places.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    UnknownTarget { message: format!("there is no connector `{place}`"), hint }
}

impl fmt::Display for Coordinate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Place::Root { parent, field, .. } | Place::Field { parent, field } => write!(f, "{parent}.{field}"),
            Place::Type { object } => write!(f, "{object}"),
        }
    }
}
