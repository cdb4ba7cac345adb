//! What the fuzz targets share: reading a program's rows back, and what a layout keeps of a value.

use crate::{
    json::{Object, Slot, Tables, Value},
    mapping::{FieldLayout, Layout, Mapping, MappingError, ObjectLayout, ObjectShape, Shape, Version},
};

/// Every version that differs in what it parses.
pub const VERSIONS: [Version; 3] = [Version::V0_2, Version::V0_3, Version::V0_4];

/// Mistakes are told, and point into the text.
pub fn check_mistakes(text: &str, errors: &[MappingError]) {
    assert!(!errors.is_empty());
    for error in errors {
        assert!(text.get(error.range.clone()).is_some(), "{error:?} is outside of the text");
    }
}

/// The layout that asks for everything the text of a mapping tells of its result.
pub fn full_layout(mapping: &Mapping) -> Layout {
    fn add(object: &ObjectShape, layout: &mut Layout) -> usize {
        let table = layout.objects.len();
        layout.objects.push(ObjectLayout::default());
        for (name, field) in &object.fields {
            let child = if let Shape::Object(inner) = &field.shape { Some(add(inner, layout)) } else { None };
            layout.objects[table].fields.push(FieldLayout { name: name.clone(), child });
        }
        table
    }
    let mut layout = Layout::default();
    if let Shape::Object(object) = mapping.shape() {
        add(&object, &mut layout);
    }
    layout
}

/// The table of the root, unless the result is a leaf.
pub fn root(layout: &Layout) -> Option<usize> {
    (!layout.objects.is_empty()).then_some(0)
}

/// What a slot stands for; missing members are left out.
pub fn show(tables: &Tables, layout: &Layout, slot: Slot, table: Option<usize>) -> Option<Value> {
    match slot {
        Slot::List { .. } => Some(Value::Array(
            tables.list(slot).iter().map(|&slot| show(tables, layout, slot, table).unwrap_or_default()).collect(),
        )),
        Slot::Row(row) => {
            let table = table.expect("rows have tables");
            let mut members = Object::default();
            for (index, field) in layout.objects[table].fields.iter().enumerate() {
                let slot = tables.tables[table].get(row, index);
                if let Some(value) = show(tables, layout, slot, field.child) {
                    members.insert(field.name.as_str().into(), value);
                }
            }
            Some(Value::Object(members))
        }
        leaf => tables.to_value(leaf),
    }
}

/// What a layout keeps of a value.
pub fn asked(value: Value, layout: &Layout, table: Option<usize>) -> Value {
    match (value, table) {
        (Value::Array(elements), _) => {
            Value::Array(elements.into_iter().map(|element| asked(element, layout, table)).collect())
        }
        (Value::Object(mut members), Some(table)) => {
            let fields = &layout.objects[table].fields;
            let kept = fields.iter().filter_map(|field| {
                let member = members.swap_remove(field.name.as_str())?;
                Some((field.name.as_str().into(), asked(member, layout, field.child)))
            });
            Value::Object(kept.collect())
        }
        (value, _) => value,
    }
}
