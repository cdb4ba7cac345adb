//! The JSON Schema of `upstreams.toml` for editors, made of the tables that the parser knows its keys from.
//!
//! Draft 7: the newest that the TOML plug-ins of editors understand.

use serde::{Serialize, Serializer};

use super::keys::{self, Absent, Key, Table};

/// `upstreams.schema.json`.
#[must_use]
pub fn json_schema() -> String {
    let schema = Schema {
        dialect: Some("http://json-schema.org/draft-07/schema#"),
        comment: Some("Written by `anabranch editor`; do not edit."),
        title: Some("upstreams.toml"),
        description: Some("Where things run: listeners, clients, upstreams and bounds of Anabranch.".to_owned()),
        ..table(&keys::ROOT)
    };
    let text = serde_json::to_string_pretty(&schema).expect("names are strings, numbers are finite");
    format!("{text}\n")
}

/// A schema with the keywords that are needed here.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub(super) dialect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<&'static str>,
    #[serde(rename = "$comment", skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#type: Option<Type>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub(super) words: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unique_items: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) any_of: Option<Vec<Self>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) required: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) property_names: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Additional>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_order")]
    pub(super) properties: Option<Vec<(&'static str, Self)>>,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub(super) enum Type {
    One(&'static str),
    Several([&'static str; 2]),
}

/// What keys of a user's choice hold.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Additional {
    Refused(Refused),
    Allowed(Box<Schema>),
}

/// Written `false`.
#[derive(Debug)]
pub(super) struct Refused;

// === impl Refused ===

impl Serialize for Refused {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(false)
    }
}

fn in_order<S: Serializer>(properties: &Option<Vec<(&'static str, Schema)>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(properties.iter().flatten().map(|(name, schema)| (name, schema)))
}

/// A table with its keys. Those of versions to come are left out, so that editors do not offer them.
pub(super) fn table(table: &Table) -> Schema {
    let required: Vec<&str> =
        table.keys.iter().filter(|key| key.default == Absent::Required).map(|key| key.name).collect();
    Schema {
        r#type: Some(Type::One("object")),
        required: (!required.is_empty()).then_some(required),
        additional_properties: Some(Additional::Refused(Refused)),
        properties: Some(table.keys.iter().map(|key| (key.name, property(key))).collect()),
        ..Schema::default()
    }
}

fn property(key: &Key) -> Schema {
    let default = match key.default {
        Absent::Toml(value) => {
            Some(serde_json::from_str(value).expect("a default is written alike in TOML and in JSON"))
        }
        Absent::Required | Absent::Words(_) => None,
    };
    Schema { description: Some(describe(key)), default, ..key.kind.schema() }
}

fn describe(key: &Key) -> String {
    let about = key.kind.table().map_or(key.about, |table| table.about);
    match key.default {
        Absent::Required => format!("{about}\n\nRequired."),
        Absent::Toml(value) => format!("{about}\n\nDefault: `{value}`."),
        Absent::Words(words) => format!("{about}\n\nDefault: {words}."),
    }
}
