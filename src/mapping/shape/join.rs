//! Two shapes as one: either of them (`union`), or what the merging of siblings makes of both (`merged`).

use std::sync::Arc;

use super::{Elements, Kinds, MOST_WORDS, Member, Members, Numbers, Objects, ValueShape, VariableShapes, Words};

// === impl ValueShape ===

impl ValueShape {
    /// The values of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let joined = Self {
            missing: self.missing || other.missing,
            null: self.null || other.null,
            boolean: self.boolean || other.boolean,
            number: either(self.number, other.number, |left, right| if left == right { left } else { Numbers::Any }),
            string: either(self.string.clone(), other.string.clone(), Words::union),
            list: either(self.list.clone(), other.list.clone(), Elements::union),
            object: either(self.object.clone(), other.object.clone(), Objects::union),
        };
        joined.limited()
    }

    /// What siblings of one name give: this first, then `later`.
    pub(super) fn merged(&self, later: &Self, variables: &dyn VariableShapes) -> Self {
        Merge { variables }.shapes(self, later).limited()
    }
}

fn either<T>(left: Option<T>, right: Option<T>, join: impl FnOnce(T, T) -> T) -> Option<T> {
    match (left, right) {
        (Some(left), Some(right)) => Some(join(left, right)),
        (left, right) => left.or(right),
    }
}

// === impl Words ===

impl Words {
    fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(mut words), Self::Known(more)) => {
                words.extend(more);
                if words.len() > MOST_WORDS { Self::Any } else { Self::Known(words) }
            }
            (Self::Any, _) | (_, Self::Any) => Self::Any,
        }
    }
}

// === impl Elements ===

impl Elements {
    fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Of(left), Self::Of(right)) if Arc::ptr_eq(&left, &right) => Self::Of(left),
            (Self::Of(left), Self::Of(right)) => Self::Of(Arc::new(left.union(&right))),
            (Self::Any, _) | (_, Self::Any) => Self::Any,
        }
    }
}

// === impl Objects ===

impl Objects {
    fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Named(left), Self::Named(right)) if left == right => Self::Named(left),
            (Self::Of(left), Self::Of(right)) if Arc::ptr_eq(&left, &right) => Self::Of(left),
            (Self::Of(left), Self::Of(right)) => Self::Of(Arc::new(left.union(&right))),
            (Self::Any | Self::Named(_), _) | (_, Self::Any | Self::Named(_)) => Self::Any,
        }
    }

    /// The members of these objects.
    pub(super) fn members(&self, variables: &dyn VariableShapes) -> Arc<Members> {
        match self {
            Self::Any => Arc::new(Members::open()),
            Self::Named(name) => Arc::new(variables.members(name)),
            Self::Of(members) => members.clone(),
        }
    }
}

// === impl Members ===

impl Members {
    fn union(&self, other: &Self) -> Self {
        self.joined(other, &mut ValueShape::union)
    }

    /// Members of the same name joined; a name that one side lacks is missing there.
    pub(super) fn joined(&self, other: &Self, join: &mut dyn FnMut(&ValueShape, &ValueShape) -> ValueShape) -> Self {
        let mut fields = self.fields.clone();
        for (name, member) in &mut fields {
            member.shape = join(&member.shape, &other.get(name));
        }
        for (name, member) in &other.fields {
            if !self.fields.contains_key(name) {
                let shape = join(&self.get(name), &member.shape);
                fields.insert(name.clone(), Member { shape, range: member.range.clone() });
            }
        }
        let others = match (&self.others, &other.others) {
            (None, None) => None,
            (left, right) => {
                let missing = ValueShape::nothing().or_missing();
                let shape = join(left.as_ref().unwrap_or(&missing), right.as_ref().unwrap_or(&missing));
                Some(shape.or_missing())
            }
        };
        Self { fields, others }
    }
}

// === merging ===

/// As [`merge`](crate::mapping::evaluate) does it: objects by key, lists by index, null wins, otherwise the later.
struct Merge<'v> {
    variables: &'v dyn VariableShapes,
}

impl Merge<'_> {
    fn shapes(&self, earlier: &ValueShape, later: &ValueShape) -> ValueShape {
        let mut out = ValueShape::nothing();
        if earlier.missing {
            out = out.union(later);
        }
        if later.missing {
            out = out.union(&ValueShape { missing: false, ..earlier.clone() });
        }
        out.missing = earlier.missing && later.missing;
        out.union(&self.present(earlier, later))
    }

    /// Both are there.
    fn present(&self, earlier: &ValueShape, later: &ValueShape) -> ValueShape {
        let (before, after) = (earlier.kinds(), later.kinds());
        if before.is_empty() || after.is_empty() {
            return ValueShape::nothing();
        }
        let replaced = before.without(Kinds::NULL);
        let mut kept = Kinds::NONE;
        for kind in [Kinds::BOOLEAN, Kinds::NUMBER, Kinds::STRING] {
            if !replaced.is_empty() {
                kept = kept | kind;
            }
        }
        for kind in [Kinds::LIST, Kinds::OBJECT] {
            if !replaced.without(kind).is_empty() {
                kept = kept | kind;
            }
        }
        let mut out = later.only(kept);
        out.null = earlier.null || later.null;
        if let (Some(left), Some(right)) = (&earlier.list, &later.list) {
            let merged = match (left, right) {
                (Elements::Of(left), Elements::Of(right)) => {
                    let both = self.present(left, right);
                    Elements::Of(Arc::new(left.union(right).union(&both)))
                }
                (Elements::Any, _) | (_, Elements::Any) => Elements::Any,
            };
            out = out.union(&ValueShape { list: Some(merged), ..ValueShape::nothing() });
        }
        if let (Some(left), Some(right)) = (&earlier.object, &later.object) {
            let merged = self.objects(left, right);
            out = out.union(&ValueShape { object: Some(merged), ..ValueShape::nothing() });
        }
        out
    }

    fn objects(&self, left: &Objects, right: &Objects) -> Objects {
        match (left, right) {
            (Objects::Named(left), Objects::Named(right)) if left == right => Objects::Named(left.clone()),
            // What refers to itself by name is not followed, except as far as the other side's own text goes.
            (Objects::Any | Objects::Named(_), Objects::Any | Objects::Named(_)) => Objects::Any,
            (left, right) => self.members(&left.members(self.variables), &right.members(self.variables)),
        }
    }

    fn members(&self, left: &Members, right: &Members) -> Objects {
        Objects::Of(Arc::new(left.joined(right, &mut |earlier, later| self.shapes(earlier, later))))
    }
}
