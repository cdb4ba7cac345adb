//! Owned JSON values that keep the spelling of numbers and the order of keys.

use std::{fmt, sync::Arc};

use indexmap::IndexMap;

use super::{InvalidJson, Kind, Number, Reader, unescape, write_value};

/// An owned JSON value, for what must be computed: arguments, variables, method results.
///
/// `==` compares spellings of numbers; [`Value::eq_json`] compares their values.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, spelled as it came.
    Number(Number),
    /// A string, unescaped.
    String(Arc<str>),
    /// An array.
    Array(Vec<Self>),
    /// An object, in the order of its keys.
    Object(Object),
}

/// The members of a JSON object in their order.
pub type Object = IndexMap<Arc<str>, Value, ahash::RandomState>;

impl Value {
    /// Parses one JSON document. Of members with the same key the last one wins; a lone surrogate escape becomes U+FFFD.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidJson> {
        let mut reader = Reader::new(body)?;
        let value = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// Reads the value at the reader's position.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, InvalidJson> {
        match reader.peek()? {
            Kind::Object => {
                let mut object = Object::default();
                reader.enter_object()?;
                let mut first = true;
                while let Some(key) = reader.next_key(first)? {
                    first = false;
                    let key: Arc<str> = unescape(key).into();
                    let value = Self::read(reader)?;
                    object.insert(key, value);
                }
                Ok(Self::Object(object))
            }
            Kind::Array => {
                let mut elements = Vec::new();
                reader.enter_array()?;
                while reader.next_element(elements.is_empty())? {
                    elements.push(Self::read(reader)?);
                }
                Ok(Self::Array(elements))
            }
            Kind::String => {
                let span = reader.skip_value()?;
                Ok(Self::String(unescape(reader.text(span.start + 1..span.end - 1)).into()))
            }
            Kind::Number => {
                let span = reader.skip_value()?;
                Ok(Self::Number(Number::from_checked(reader.text(span))))
            }
            Kind::Bool => {
                let span = reader.skip_value()?;
                Ok(Self::Bool(reader.text(span) == "true"))
            }
            Kind::Null => {
                reader.skip_value()?;
                Ok(Self::Null)
            }
        }
    }

    /// `null`, `boolean`, `number`, `string`, `array` or `object`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.kind().name()
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Number(_) => Kind::Number,
            Self::String(_) => Kind::String,
            Self::Array(_) => Kind::Array,
            Self::Object(_) => Kind::Object,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(value) = self { Some(value) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(value) = self { Some(value) } else { None }
    }

    /// The integer, if it is a number spelled as one that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// The number as a float, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(Number::as_f64)
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The member `key`, if it is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// JSON equality: numbers by value (`1` equals `1.0`), objects without regard to order.
    #[must_use]
    pub fn eq_json(&self, other: &Self) -> bool {
        self.equal(other, &|left, right| left.compare(right) == Some(std::cmp::Ordering::Equal))
    }

    /// Like [`Value::eq_json`], but integers never equal floats (`1` differs from `1.0`).
    #[must_use]
    pub fn eq_strict(&self, other: &Self) -> bool {
        self.equal(other, &|left, right| {
            left.is_integer() == right.is_integer() && left.compare(right) == Some(std::cmp::Ordering::Equal)
        })
    }

    fn equal(&self, other: &Self, numbers: &impl Fn(&Number, &Number) -> bool) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::String(left), Self::String(right)) => left == right,
            (Self::Number(left), Self::Number(right)) => numbers(left, right),
            (Self::Array(left), Self::Array(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.equal(right, numbers))
            }
            (Self::Object(left), Self::Object(right)) => {
                left.len() == right.len()
                    && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| left.equal(right, numbers)))
            }
            _ => false,
        }
    }

    /// Appends compact JSON.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        write_value(out, self);
    }

    /// An estimate of the bytes it holds.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Null | Self::Bool(_) => 0,
                Self::Number(number) => number.as_str().len(),
                Self::String(text) => text.len() + 16,
                Self::Array(elements) => elements.iter().map(Self::held_bytes).sum(),
                Self::Object(members) => members.iter().map(|(key, value)| key.len() + 48 + value.held_bytes()).sum(),
            }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.write_to(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}
