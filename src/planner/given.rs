//! What the provider of a position selects there.

use crate::{
    mapping::{ObjectShape, Shape},
    model::{Connector, KeyField, Model},
};

/// What provides the objects of a position: the selection's shape there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given<'a> {
    /// These fields.
    Fields(&'a ObjectShape),
    /// Nobody can tell before it runs: everything counts as given.
    Open,
}

impl<'a> Given<'a> {
    pub(super) fn of(shape: &'a Shape) -> Self {
        match shape {
            Shape::Object(fields) => Self::Fields(fields),
            Shape::Unknown | Shape::Scalar => Self::Open,
        }
    }

    /// What the objects that a connector loads hold.
    pub(super) fn by(connector: &'a Connector) -> Self {
        Self::of(&connector.shape)
    }

    pub(super) fn gives(self, field: &str) -> bool {
        match self {
            Self::Fields(shape) => shape.fields.contains_key(field),
            Self::Open => true,
        }
    }

    /// Whether it gives a field, or could: a spread may give more than the text tells.
    pub(super) fn may_give(self, field: &str) -> bool {
        self.gives(field) || matches!(self, Self::Fields(shape) if shape.open)
    }

    pub(super) fn child(self, field: &str) -> Self {
        match self {
            Self::Fields(shape) => shape.fields.get(field).map_or(Self::Open, |field| Self::of(&field.shape)),
            Self::Open => Self::Open,
        }
    }

    /// Whether a key can be read here, perhaps with the help of a loader further down.
    pub(super) fn has_key(self, model: &Model, parent: &str, key: &KeyField) -> bool {
        if !self.may_give(&key.name) {
            return false;
        }
        let child = self.child(&key.name);
        let child_type =
            model.schema.types.get(parent).and_then(|ty| ty.fields.get(&key.name)).map(|field| field.ty.name());
        key.fields
            .iter()
            .all(|below| child_type.is_some_and(|ty| child.has_key(model, ty, below) || !model.loaders(ty).is_empty()))
    }

    /// What tells one from another.
    pub(super) fn identity(self) -> Option<*const ObjectShape> {
        match self {
            Self::Fields(shape) => Some(std::ptr::from_ref(shape)),
            Self::Open => None,
        }
    }
}
