//! Which values an expression can have: sets of JSON values, coarse enough to be small and never smaller than the truth.
//!
//! What a mapping's text says of its fields is an [`ObjectShape`](super::ObjectShape); this is about values, for checks.
//! It knows nothing of GraphQL: the caller tells what variables hold, by name where types refer to themselves.

mod calls;
mod infer;
mod join;
mod kinds;

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use indexmap::IndexMap;

pub(super) use infer::infer;
pub use kinds::Kinds;

use super::Variable;
use crate::json::Value;

/// The values that something can have. May also be *missing*, which is not null.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValueShape {
    missing: bool,
    null: bool,
    boolean: bool,
    number: Option<Numbers>,
    string: Option<Words>,
    list: Option<Elements>,
    object: Option<Objects>,
}

/// Which numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Any.
    Any,
    /// Without a fraction, however they are spelled.
    Whole,
    /// With a fraction.
    Fractional,
}

/// Which strings.
#[derive(Debug, Clone, PartialEq)]
enum Words {
    Any,
    Known(BTreeSet<Arc<str>>),
}

/// Which lists.
#[derive(Debug, Clone, PartialEq)]
enum Elements {
    Any,
    /// Of elements that are this; only the empty one if nothing is.
    Of(Arc<ValueShape>),
}

/// Which objects.
#[derive(Debug, Clone, PartialEq)]
enum Objects {
    Any,
    /// With the members that [`VariableShapes::members`] tells for this name.
    Named(Arc<str>),
    Of(Arc<Members>),
}

/// The members of objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Members {
    fields: IndexMap<Arc<str>, Member>,
    /// What members of other names hold; `None`: there are no others.
    others: Option<ValueShape>,
}

/// One member, missing where objects may lack it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// What it holds.
    pub shape: ValueShape,
    /// The item of the mapping that gives it, in bytes of its text.
    pub range: Option<Range<usize>>,
}

/// What the caller knows of the variables.
pub trait VariableShapes {
    /// The values of a variable.
    fn variable(&self, variable: Variable) -> ValueShape;
    /// The members of objects that a shape refers to by name.
    fn members(&self, name: &str) -> Members;
}

/// What is known of a mapping over some input.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// What it yields.
    pub shape: ValueShape,
    /// What cannot work, or is of no use.
    pub mistakes: Vec<Mistake>,
}

/// Something that never works, whatever the values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where in the mapping's text.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Of which sort it is.
    pub kind: MistakeKind,
}

/// Sorts of mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MistakeKind {
    /// A value of the wrong kind: nothing comes of it but a problem.
    Kind,
    /// A key that objects of this name don't have.
    Key(Arc<str>),
    /// A comparison with one outcome only. It does no harm.
    Idle,
}

/// Most words that are told apart.
const MOST_WORDS: usize = 64;

/// Most parts of a shape; larger ones are widened.
const MOST_PARTS: usize = 4_096;

/// Deepest nesting of a shape; deeper ones are widened.
const DEEPEST: usize = 48;

// === impl ValueShape ===

impl ValueShape {
    /// No value at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Any JSON value, but certainly one.
    #[must_use]
    pub fn any() -> Self {
        Self {
            missing: false,
            null: true,
            boolean: true,
            number: Some(Numbers::Any),
            string: Some(Words::Any),
            list: Some(Elements::Any),
            object: Some(Objects::Any),
        }
    }

    /// Any JSON value, or none: nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self::any().or_missing()
    }

    /// `null`
    #[must_use]
    pub fn null() -> Self {
        Self { null: true, ..Self::default() }
    }

    /// `true` or `false`
    #[must_use]
    pub fn boolean() -> Self {
        Self { boolean: true, ..Self::default() }
    }

    /// Numbers of this sort.
    #[must_use]
    pub fn number(numbers: Numbers) -> Self {
        Self { number: Some(numbers), ..Self::default() }
    }

    /// Any string.
    #[must_use]
    pub fn string() -> Self {
        Self { string: Some(Words::Any), ..Self::default() }
    }

    /// One of these strings.
    #[must_use]
    pub fn words<W: Into<Arc<str>>>(words: impl IntoIterator<Item = W>) -> Self {
        let words: BTreeSet<Arc<str>> = words.into_iter().map(Into::into).collect();
        let words = if words.len() > MOST_WORDS { Words::Any } else { Words::Known(words) };
        Self { string: Some(words), ..Self::default() }
    }

    /// Lists whose elements are this. An element that is missing is null.
    #[must_use]
    pub fn list(element: Self) -> Self {
        let null = element.null || element.missing;
        let element = Self { missing: false, null, ..element };
        Self { list: Some(Elements::Of(Arc::new(element))), ..Self::default() }.limited()
    }

    /// Objects with these members.
    #[must_use]
    pub fn object(members: Members) -> Self {
        Self { object: Some(Objects::Of(Arc::new(members))), ..Self::default() }.limited()
    }

    /// Objects whose members are told by [`VariableShapes::members`]: for types that refer to themselves.
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self { object: Some(Objects::Named(name.into())), ..Self::default() }
    }

    /// Values like this one: of its kind, with its members, but other words and numbers.
    #[must_use]
    pub fn like(value: &Value) -> Self {
        match value {
            Value::Null => Self::null(),
            Value::Bool(_) => Self::boolean(),
            Value::Number(_) => Self::number(Numbers::Any),
            Value::String(_) => Self::string(),
            Value::Array(elements) => {
                let element = elements.iter().map(Self::like).fold(Self::nothing(), |all, next| all.union(&next));
                Self::list(element)
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.clone(), Self::like(value)));
                Self::object(Members::new(members))
            }
        }
    }

    /// These values or null.
    #[must_use]
    pub fn or_null(self) -> Self {
        Self { null: true, ..self }
    }

    /// These values or none.
    #[must_use]
    pub fn or_missing(self) -> Self {
        Self { missing: true, ..self }
    }

    /// The kinds that values of it have.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        let parts = [
            (self.null, Kinds::NULL),
            (self.boolean, Kinds::BOOLEAN),
            (self.number.is_some(), Kinds::NUMBER),
            (self.string.is_some(), Kinds::STRING),
            (self.list.is_some(), Kinds::LIST),
            (self.object.is_some(), Kinds::OBJECT),
        ];
        parts.into_iter().filter(|(there, _)| *there).fold(Kinds::NONE, |all, (_, kind)| all | kind)
    }

    /// Whether there may be no value.
    #[must_use]
    pub fn may_be_missing(&self) -> bool {
        self.missing
    }

    /// Whether values can only be of other kinds than these. Null is none to judge by: it may stand for any kind.
    #[must_use]
    pub fn is_never(&self, kinds: Kinds) -> bool {
        let present = self.kinds().without(Kinds::NULL);
        !present.is_empty() && !present.meets(kinds)
    }

    /// Whether it never is anything but null or missing, which it can be.
    #[must_use]
    pub fn is_always_null(&self) -> bool {
        self.kinds().without(Kinds::NULL).is_empty() && (self.null || self.missing)
    }

    /// Which numbers it can be.
    #[must_use]
    pub fn numbers(&self) -> Option<Numbers> {
        self.number
    }

    /// The strings that it can be, if they are known.
    #[must_use]
    pub fn known_words(&self) -> Option<&BTreeSet<Arc<str>>> {
        if let Some(Words::Known(words)) = &self.string { Some(words) } else { None }
    }

    /// What the elements are, if it can be a list.
    #[must_use]
    pub fn elements(&self) -> Option<Self> {
        match self.list.as_ref()? {
            Elements::Any => Some(Self::any()),
            Elements::Of(element) => Some((**element).clone()),
        }
    }

    /// The members, if it can be an object that a mapping builds.
    #[must_use]
    pub fn members(&self) -> Option<&Members> {
        if let Some(Objects::Of(members)) = &self.object { Some(members) } else { None }
    }

    /// Only its values of these kinds; never missing.
    fn only(&self, kinds: Kinds) -> Self {
        Self {
            missing: false,
            null: self.null && kinds.meets(Kinds::NULL),
            boolean: self.boolean && kinds.meets(Kinds::BOOLEAN),
            number: self.number.filter(|_| kinds.meets(Kinds::NUMBER)),
            string: self.string.clone().filter(|_| kinds.meets(Kinds::STRING)),
            list: self.list.clone().filter(|_| kinds.meets(Kinds::LIST)),
            object: self.object.clone().filter(|_| kinds.meets(Kinds::OBJECT)),
        }
    }

    /// The values that are no lists, also those within lists, however deep.
    fn leaves(&self) -> Self {
        let here = self.only(Kinds::ALL.without(Kinds::LIST));
        match &self.list {
            None => here,
            Some(Elements::Any) => Self::any().only(Kinds::ALL.without(Kinds::LIST)),
            Some(Elements::Of(element)) => here.union(&element.leaves()),
        }
    }

    /// Widens what is too large to work with.
    fn limited(self) -> Self {
        let mut left = MOST_PARTS;
        if self.fits(&mut left, DEEPEST) {
            return self;
        }
        Self { list: self.list.map(|_| Elements::Any), object: self.object.map(|_| Objects::Any), ..self }
    }

    fn fits(&self, left: &mut usize, depth: usize) -> bool {
        let (Some(less), Some(below)) = (left.checked_sub(1), depth.checked_sub(1)) else { return false };
        *left = less;
        let elements = match &self.list {
            Some(Elements::Of(element)) => element.fits(left, below),
            Some(Elements::Any) | None => true,
        };
        elements
            && match &self.object {
                Some(Objects::Of(members)) => {
                    members.fields.values().all(|member| member.shape.fits(left, below))
                        && members.others.as_ref().is_none_or(|others| others.fits(left, below))
                }
                Some(Objects::Any | Objects::Named(_)) | None => true,
            }
    }
}

// === impl Members ===

impl Members {
    /// These and no others.
    pub fn new<N: Into<Arc<str>>>(fields: impl IntoIterator<Item = (N, ValueShape)>) -> Self {
        let fields = fields.into_iter().map(|(name, shape)| (name.into(), Member { shape, range: None }));
        Self { fields: fields.collect(), others: None }
    }

    /// Members of further names hold this, where they are there.
    #[must_use]
    pub fn with_others(self, shape: ValueShape) -> Self {
        Self { others: Some(shape.or_missing()), ..self }
    }

    /// Those with known names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.fields.iter().map(|(name, member)| (&**name, member))
    }

    /// Any members whatsoever.
    fn open() -> Self {
        Self::default().with_others(ValueShape::any())
    }

    /// What the member of this name holds.
    fn get(&self, name: &str) -> ValueShape {
        match (self.fields.get(name), &self.others) {
            (Some(member), _) => member.shape.clone(),
            (None, Some(others)) => others.clone(),
            (None, None) => ValueShape::nothing().or_missing(),
        }
    }

    /// Whether no object has a member of this name.
    fn lack(&self, name: &str) -> bool {
        self.others.is_none() && !self.fields.contains_key(name)
    }
}

#[cfg(test)]
mod tests;
