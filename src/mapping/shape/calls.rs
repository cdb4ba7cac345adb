//! What each method gives, and what it cannot work on: the same table as the evaluator's, with shapes.

use std::ops::Range;

use super::{
    Elements, Kinds, Members, Numbers, Objects, ValueShape, Words,
    infer::{Inference, Registers},
};
use crate::mapping::{
    method::Method,
    syntax::{Expr, Head},
};

/// A call. The receiver is not missing: then the path has ended.
pub(super) struct Call<'c> {
    pub(super) method: Method,
    pub(super) arguments: &'c [Expr],
    /// From the arrow to the closing parenthesis.
    pub(super) range: Range<usize>,
    pub(super) receiver: &'c ValueShape,
    pub(super) dollar: &'c ValueShape,
}

// === impl Call ===

impl Call<'_> {
    fn name(&self) -> &'static str {
        self.method.name()
    }

    /// The arrow and the name.
    fn place(&self) -> Range<usize> {
        let end = self.range.start + "->".len() + self.name().len();
        self.range.start..end.min(self.range.end)
    }

    /// Where an argument stands; literals have no place of their own.
    fn place_of(&self, argument: usize) -> Range<usize> {
        match self.arguments.get(argument) {
            Some(Expr::Path(path)) => path.place.range(),
            _ => self.range.clone(),
        }
    }

    /// What a list holds; anything else stands for the one element of its list.
    fn elements(&self) -> ValueShape {
        let own = self.receiver.only(Kinds::ALL.without(Kinds::LIST));
        self.receiver.elements().map_or_else(|| own.clone(), |elements| elements.union(&own))
    }
}

// === impl Inference ===

impl Inference<'_> {
    /// What a call gives.
    pub(super) fn call(&mut self, call: &Call<'_>) -> ValueShape {
        match call.method {
            Method::Echo => self.argument(call, 0, call.receiver),
            Method::Map => ValueShape::list(self.argument(call, 0, &call.elements())),
            Method::Filter => {
                let complete = self.condition(call);
                maybe(ValueShape::list(call.elements()), complete)
            }
            Method::Find => {
                self.condition(call);
                call.elements().or_missing()
            }
            Method::Match => self.choice(call),
            Method::First | Method::Last => self.end(call),
            Method::Get => self.get(call),
            Method::Slice => self.slice(call),
            Method::Entries => self.entries(call),
            Method::JsonStringify => ValueShape::string(),
            Method::JsonParse => {
                self.on(call, Kinds::STRING);
                ValueShape::unknown()
            }
            Method::KeysToCamelCase | Method::KeysToCamelCaseDeep => self.camel_case(call),
            Method::Size => {
                let complete = self.on(call, Kinds::LIST | Kinds::OBJECT | Kinds::STRING);
                maybe(ValueShape::number(Numbers::Whole), complete)
            }
            Method::JoinNotNull => self.join_not_null(call),
            Method::Split => self.split(call),
            Method::Trim | Method::TrimEnd | Method::TrimStart => {
                self.on(call, Kinds::STRING);
                ValueShape::string().or_missing()
            }
            Method::ToString => {
                let complete = self.on(call, Kinds::SCALAR);
                let is_text = call.receiver.kinds() == Kinds::STRING;
                maybe(if is_text { call.receiver.clone() } else { ValueShape::string() }, complete)
            }
            Method::ParseInt => self.parse_int(call),
            Method::Eq | Method::Ne => self.equal(call),
            Method::Gt | Method::Gte | Method::Lt | Method::Lte => self.order(call),
            Method::In => {
                let argument = self.argument(call, 0, call.receiver);
                self.takes(call, 0, &argument);
                ValueShape::boolean().or_missing()
            }
            Method::Contains => {
                self.argument(call, 0, call.receiver);
                self.on(call, Kinds::LIST);
                ValueShape::boolean().or_missing()
            }
            Method::And | Method::Or => {
                self.on(call, Kinds::BOOLEAN);
                self.all_take(call);
                ValueShape::boolean().or_missing()
            }
            Method::Not => {
                let complete = self.on(call, Kinds::BOOLEAN);
                maybe(ValueShape::boolean(), complete)
            }
            Method::Add | Method::Sub | Method::Mul | Method::Div | Method::Mod => self.arithmetic(call),
        }
    }

    /// An argument, which sees `at` as `@`.
    fn argument(&mut self, call: &Call<'_>, index: usize, at: &ValueShape) -> ValueShape {
        match call.arguments.get(index) {
            Some(argument) => self.expr(argument, Registers { at, dollar: call.dollar }),
            None => ValueShape::nothing().or_missing(),
        }
    }

    // === what methods want ===

    /// Whether the receiver certainly is of these kinds; a mistake, if it certainly is not.
    fn on(&mut self, call: &Call<'_>, wanted: Kinds) -> bool {
        let kinds = call.receiver.kinds();
        if call.receiver.is_never(wanted) {
            let found = kinds.without(Kinds::NULL);
            let hint = advice(call.method, found);
            let message = format!("`->{}` needs {}, not {found}", call.name(), wanted.without(Kinds::NULL));
            self.mistake(call.place(), message, hint);
        }
        kinds.without(wanted).is_empty()
    }

    /// A mistake, if an argument certainly is not what the method takes there.
    fn takes(&mut self, call: &Call<'_>, index: usize, argument: &ValueShape) {
        let Some((kinds, words)) = call.method.takes(index) else { return };
        if argument.is_never(Kinds::of(kinds)) {
            let found = argument.kinds().without(Kinds::NULL);
            self.mistake(call.place_of(index), format!("`->{}` needs {words}, not {found}", call.name()), None);
        }
    }

    fn all_take(&mut self, call: &Call<'_>) -> Vec<ValueShape> {
        (0..call.arguments.len())
            .map(|index| {
                let argument = self.argument(call, index, call.receiver);
                self.takes(call, index, &argument);
                argument
            })
            .collect()
    }

    /// The condition of `filter` and `find`: whether it certainly is a boolean.
    fn condition(&mut self, call: &Call<'_>) -> bool {
        let condition = self.argument(call, 0, &call.elements());
        self.takes(call, 0, &condition);
        condition.kinds() == Kinds::BOOLEAN && !condition.may_be_missing()
    }

    // === the methods ===

    fn choice(&mut self, call: &Call<'_>) -> ValueShape {
        let mut out = ValueShape::nothing();
        let mut complete = false;
        let mut matches = call.arguments.is_empty() || call.receiver.kinds().is_empty();
        let mut idle = Vec::new();
        for (index, arm) in call.arguments.iter().enumerate() {
            let Expr::Array(pair) = arm else { continue };
            let [candidate, value] = pair.as_slice() else { continue };
            let registers = Registers { at: call.receiver, dollar: call.dollar };
            let is_default = matches!(candidate, Expr::Path(path)
                if path.head == Head::At && path.steps.is_empty() && path.sub.is_none());
            let wanted = self.expr(candidate, registers);
            let value = self.expr(value, registers);
            if wanted.can_equal(call.receiver) {
                matches = true;
            } else {
                idle.push((index, wanted));
            }
            if !complete {
                out = out.union(&value);
            }
            complete |= is_default;
        }
        if !matches {
            let message = format!("no pair of `->match` can match: the value is {}", call.receiver.told());
            let hint = Some("add a last pair for everything else: `[@, value]`".to_owned());
            self.mistake(call.place(), message, hint);
            return out.or_missing();
        }
        for (index, wanted) in idle {
            let message =
                format!("the pair for {} never matches: the value is {}", wanted.told(), call.receiver.told());
            let place = match call.arguments.get(index) {
                Some(Expr::Array(pair)) => match pair.first() {
                    Some(Expr::Path(path)) => path.place.range(),
                    _ => call.place(),
                },
                _ => call.place(),
            };
            self.idle(place, message, None);
        }
        maybe(out, complete)
    }

    fn end(&mut self, call: &Call<'_>) -> ValueShape {
        self.on(call, Kinds::LIST | Kinds::STRING);
        let mut out = call.receiver.only(Kinds::ALL.without(Kinds::LIST | Kinds::STRING));
        if call.receiver.string.is_some() {
            out = out.union(&ValueShape::string());
        }
        if let Some(elements) = call.receiver.elements() {
            out = out.union(&elements);
        }
        out.or_missing()
    }

    fn get(&mut self, call: &Call<'_>) -> ValueShape {
        let key = self.argument(call, 0, call.receiver);
        let found = call.receiver.kinds().without(Kinds::NULL);
        let by = key.kinds().without(Kinds::NULL);
        let by_name = found.meets(Kinds::OBJECT) && by.meets(Kinds::STRING);
        let by_index = found.meets(Kinds::LIST | Kinds::STRING) && by.meets(Kinds::NUMBER);
        if !by_name && !by_index && !found.is_empty() && !by.is_empty() {
            let wanted = match (found.meets(Kinds::OBJECT), found.meets(Kinds::LIST | Kinds::STRING)) {
                (true, _) => "the name of a member, a string",
                (_, true) => "an index, a number",
                _ => "nothing of it",
            };
            let message = if wanted == "nothing of it" {
                format!("`->get` needs a list, an object or a string, not {found}")
            } else {
                format!("`->get` takes {wanted}, not {by}")
            };
            self.mistake(call.place(), message, None);
        }
        let mut out = ValueShape::nothing().or_missing();
        if by_name && let Some(objects) = &call.receiver.object {
            let members = self.members_of(objects);
            match key.known_words() {
                Some(words) => {
                    for word in words {
                        out = out.union(&members.get(word));
                    }
                }
                None => out = out.union(&any_member(&members)),
            }
        }
        if by_index {
            if let Some(elements) = call.receiver.elements() {
                out = out.union(&elements);
            }
            if call.receiver.string.is_some() {
                out = out.union(&ValueShape::string());
            }
        }
        out
    }

    fn slice(&mut self, call: &Call<'_>) -> ValueShape {
        self.on(call, Kinds::LIST | Kinds::STRING);
        self.all_take(call);
        let mut out = call.receiver.only(Kinds::LIST);
        if call.receiver.string.is_some() {
            out = out.union(&ValueShape::string());
        }
        out.or_missing()
    }

    fn entries(&mut self, call: &Call<'_>) -> ValueShape {
        let complete = self.on(call, Kinds::OBJECT);
        let Some(objects) = &call.receiver.object else { return ValueShape::nothing().or_missing() };
        let members = self.members_of(objects);
        let keys = if members.others.is_none() && !members.fields.is_empty() {
            ValueShape::words(members.fields.keys().cloned())
        } else {
            ValueShape::string()
        };
        let value = any_member(&members);
        let entry = Members::new([("key", keys), ("value", ValueShape { missing: false, ..value })]);
        maybe(ValueShape::list(ValueShape::object(entry)), complete)
    }

    fn camel_case(&mut self, call: &Call<'_>) -> ValueShape {
        let deep = call.method == Method::KeysToCamelCaseDeep;
        let wanted = if deep { Kinds::OBJECT | Kinds::LIST } else { Kinds::OBJECT };
        self.on(call, wanted);
        let kinds = call.receiver.kinds();
        let mut out = ValueShape::nothing().or_missing();
        if kinds.meets(Kinds::OBJECT) {
            out.object = Some(Objects::Any);
        }
        if deep && kinds.meets(Kinds::LIST) {
            out.list = Some(Elements::Any);
        }
        out
    }

    fn join_not_null(&mut self, call: &Call<'_>) -> ValueShape {
        let separator = self.argument(call, 0, call.receiver);
        self.takes(call, 0, &separator);
        let elements = call.elements();
        if elements.is_never(Kinds::SCALAR.without(Kinds::NULL)) {
            let message = format!("`->joinNotNull` joins scalars, not {}", elements.kinds().without(Kinds::NULL));
            let hint = advice(Method::JoinNotNull, elements.kinds());
            self.mistake(call.place(), message, hint);
        }
        ValueShape::string().or_missing()
    }

    fn split(&mut self, call: &Call<'_>) -> ValueShape {
        self.on(call, Kinds::STRING);
        let separator = self.argument(call, 0, call.receiver);
        self.takes(call, 0, &separator);
        if call.arguments.len() > 1 {
            let limit = self.argument(call, 1, call.receiver);
            self.takes(call, 1, &limit);
        }
        ValueShape::list(ValueShape::string()).or_missing()
    }

    fn parse_int(&mut self, call: &Call<'_>) -> ValueShape {
        self.on(call, Kinds::STRING | Kinds::NUMBER);
        if !call.arguments.is_empty() {
            let base = self.argument(call, 0, call.receiver);
            self.takes(call, 0, &base);
        }
        ValueShape::number(Numbers::Whole).or_missing()
    }

    fn equal(&mut self, call: &Call<'_>) -> ValueShape {
        let other = self.argument(call, 0, call.receiver);
        let is_null = other.is_always_null() || call.receiver.is_always_null();
        if !is_null && !other.can_equal(call.receiver) {
            let outcome = if call.method == Method::Eq { "false" } else { "true" };
            let message = format!(
                "`->{}` always is {outcome}: it compares {} with {}",
                call.name(),
                call.receiver.told(),
                other.told()
            );
            self.idle(call.place_of(0), message, None);
        }
        maybe(ValueShape::boolean(), !other.may_be_missing())
    }

    fn order(&mut self, call: &Call<'_>) -> ValueShape {
        let other = self.argument(call, 0, call.receiver);
        let comparable = Kinds::NUMBER | Kinds::STRING;
        if call.receiver.is_never(comparable) {
            self.on(call, comparable);
        } else if other.is_never(comparable) {
            self.takes(call, 0, &other);
        } else {
            let (left, right) = (call.receiver.kinds().without(Kinds::NULL), other.kinds().without(Kinds::NULL));
            let number = left.meets(Kinds::NUMBER) && right.meets(Kinds::NUMBER);
            let string = left.meets(Kinds::STRING) && right.meets(Kinds::STRING);
            if !number && !string && !left.is_empty() && !right.is_empty() {
                let message = format!("`->{}` can't compare {left} with {right}", call.name());
                let hint = Some("make them alike: `->parseInt` or `->toString`".to_owned());
                self.mistake(call.place_of(0), message, hint);
            }
        }
        ValueShape::boolean().or_missing()
    }

    fn arithmetic(&mut self, call: &Call<'_>) -> ValueShape {
        self.on(call, Kinds::NUMBER);
        let operands = self.all_take(call);
        if matches!(call.method, Method::Div | Method::Mod) {
            for (index, operand) in call.arguments.iter().enumerate() {
                if matches!(operand, Expr::Literal(value) if value.as_f64() == Some(0.0)) {
                    self.mistake(call.place_of(index), format!("`->{}` by zero", call.name()), None);
                }
            }
        }
        let whole = |shape: &ValueShape| matches!(shape.numbers(), Some(Numbers::Whole) | None);
        let stays_whole = call.method != Method::Div && whole(call.receiver) && operands.iter().all(whole);
        ValueShape::number(if stays_whole { Numbers::Whole } else { Numbers::Any }).or_missing()
    }
}

// === impl ValueShape ===

impl ValueShape {
    /// Whether some value of one equals some value of the other.
    fn can_equal(&self, other: &Self) -> bool {
        let scalar = |known: Kinds| self.kinds().meets(known) && other.kinds().meets(known);
        let fractions = [self.number, other.number];
        let numbers = scalar(Kinds::NUMBER)
            && fractions != [Some(Numbers::Whole), Some(Numbers::Fractional)]
            && fractions != [Some(Numbers::Fractional), Some(Numbers::Whole)];
        let strings = match (&self.string, &other.string) {
            (Some(Words::Known(left)), Some(Words::Known(right))) => !left.is_disjoint(right),
            (left, right) => left.is_some() && right.is_some(),
        };
        numbers || strings || [Kinds::NULL, Kinds::BOOLEAN, Kinds::LIST, Kinds::OBJECT].into_iter().any(scalar)
    }

    /// What it is, for a message: its words if they are few.
    fn told(&self) -> String {
        match self.known_words() {
            Some(words) if self.kinds().without(Kinds::NULL) == Kinds::STRING && words.len() <= 6 => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                match words.as_slice() {
                    [] => "no string".to_owned(),
                    [only] => only.clone(),
                    [first @ .., last] => format!("{} or {last}", first.join(", ")),
                }
            }
            _ => self.kinds().without(Kinds::NULL).to_string(),
        }
    }
}

/// What any member holds, the named and the others.
fn any_member(members: &Members) -> ValueShape {
    let named = members.fields.values().fold(ValueShape::nothing(), |all, member| all.union(&member.shape));
    members.others.iter().fold(named, |all, others| all.union(others))
}

fn maybe(shape: ValueShape, complete: bool) -> ValueShape {
    if complete { shape } else { shape.or_missing() }
}

/// What may help where a method stands on the wrong kind of value.
fn advice(method: Method, found: Kinds) -> Option<String> {
    let text = match method {
        Method::Add | Method::Sub | Method::Mul | Method::Div | Method::Mod if found == Kinds::STRING => {
            "read it as a number first: `->parseInt`"
        }
        Method::And | Method::Or | Method::Not => "compare first: `->eq(x)`",
        Method::JoinNotNull if found.meets(Kinds::OBJECT) => "take one member of each first: `->map(@.name)`",
        Method::Entries | Method::KeysToCamelCase if found == Kinds::LIST => "take each element: `->map(...)`",
        _ if found == Kinds::LIST => "take one element first: `->first`, or each: `->map(...)`",
        _ => return None,
    };
    Some(text.to_owned())
}
