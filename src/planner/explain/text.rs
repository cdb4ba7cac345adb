//! An explanation as text: the plan, then a table of the fields, then remarks.

use std::fmt;

use super::{ExplainedField, Explanation};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plan)?;
        if !self.fields.is_empty() {
            writeln!(f, "\nfields")?;
            self.table(f)?;
        }
        if self.fields_dropped > 0 {
            writeln!(f, "  and {} more", self.fields_dropped)?;
        }
        if !self.remarks.is_empty() {
            writeln!(f, "\nasked for nothing")?;
            for remark in &self.remarks {
                writeln!(f, "  {remark}")?;
            }
        }
        Ok(())
    }
}

impl Explanation {
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 4]> = self.fields.iter().map(columns).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (path, graph, step) = (width(0), width(1), width(2));
        for [field, of_graph, by, why] in &rows {
            let line = format!("  {field:path$}  {of_graph:graph$}  {by:step$}  {why}");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn columns(field: &ExplainedField) -> [String; 4] {
    let by = match (&field.connector, field.step) {
        (Some(connector), Some(step)) => format!("step {step}: {connector}"),
        _ => "-".to_owned(),
    };
    let why = match &field.condition {
        Some(condition) => format!("{} (if {condition})", field.why),
        None => field.why.clone(),
    };
    [field.path.clone(), field.graph.clone().unwrap_or_else(|| "-".to_owned()), by, why]
}
