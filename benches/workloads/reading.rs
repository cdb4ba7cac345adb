//! The projecting reader: from a body to rows of slots.

use anabranch::{
    json::Tables,
    mapping::{FieldLayout, Layout, Mapping, ObjectLayout, Problems, Program, Scope, Version},
};
use bytes::Bytes;

use super::upstream;

/// A body and what is wanted of it.
#[derive(Debug)]
pub(crate) struct Reading {
    program: Program,
    body: Bytes,
    rows: usize,
}

impl Reading {
    /// A hundred posts of 30 kB, three of their four fields.
    pub(crate) fn three_of_four() -> Self {
        Self::of("id userId title", upstream::posts(), 100)
    }

    /// The same body, one field.
    pub(crate) fn one_of_four() -> Self {
        Self::of("title", upstream::posts(), 100)
    }

    /// 10,000 rows, five of their six fields.
    pub(crate) fn many_rows() -> Self {
        Self::of("id name city score active", upstream::rows(10_000), 10_000)
    }

    fn of(selection: &str, body: Bytes, rows: usize) -> Self {
        let fields = selection.split(' ').map(|name| FieldLayout { name: name.to_owned(), child: None }).collect();
        let layout = Layout { objects: vec![ObjectLayout { fields }] };
        let program = Mapping::parse(selection, Version::V0_3).unwrap().compile(&layout);
        Self { program, body, rows }
    }

    /// Reads it.
    pub(crate) fn run(&self) -> Tables {
        let mut tables = self.program.tables();
        let mut problems = Problems::default();
        self.program.run(&self.body, &Scope::default(), self.rows, &mut tables, &mut problems).unwrap();
        assert_eq!(tables.tables[0].rows(), self.rows);
        tables
    }
}
