//! Where a plan's values come from, in the words of mappings.

use super::plan::{Access, OperationPlan, PositionId, Provider, Step};
use crate::mapping::Layout;

impl OperationPlan {
    /// The step that gives a value, and the names of its mapping's output that lead to it: none where the step gives the
    /// value whole. `None`: nobody gives it.
    #[must_use]
    pub fn source(&self, position: PositionId, access: Access) -> Option<(&Step, Vec<&str>)> {
        let (step, table, slot) = match access {
            Access::Result { step } => return Some((self.steps.get(step.0 as usize)?, Vec::new())),
            Access::Joined { step, slot } => (step, 0, slot),
            Access::Provider { slot } => match self.positions.get(position.0 as usize)?.provider {
                Provider::Step { step, table } => (step, table, slot),
                Provider::Root => return None,
            },
        };
        let step = self.steps.get(step.0 as usize)?;
        let mut names = names_of_table(&step.layout, table);
        names.push(&step.layout.objects.get(table)?.fields.get(slot)?.name);
        Some((step, names))
    }
}

/// The names that lead to a table.
pub(super) fn names_of_table(layout: &Layout, mut table: usize) -> Vec<&str> {
    let mut names = Vec::new();
    while table > 0 {
        // Parents have smaller numbers than their children, so this ends.
        let parent = layout.objects.iter().take(table).enumerate().find_map(|(number, object)| {
            let field = object.fields.iter().find(|field| field.child == Some(table))?;
            Some((number, field.name.as_str()))
        });
        let Some((number, name)) = parent else { break };
        names.push(name);
        table = number;
    }
    names.reverse();
    names
}
