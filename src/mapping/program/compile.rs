//! From a pruned syntax tree to nodes: plain key paths become direct reads, everything else is computed.

use std::{collections::HashSet, sync::Arc};

use indexmap::IndexMap;

use super::{
    Layout, needs,
    nodes::{FieldPlan, Inner, Input, MemberNode, Nodes, Op, PathKey, Root, RowNode, Spot, Target},
};
use crate::{
    json::KeySet,
    mapping::syntax::{Expr, Head, Item, ItemKind, Path, Place, StepKind, Tree},
};

/// Compiles a pruned tree.
pub(super) fn compile(tree: &Tree, layout: &Layout) -> (Nodes, Root) {
    let mut compiler = Compiler { layout, nodes: Nodes::default(), members: Vec::new() };
    let root = compiler.root(tree).unwrap_or(Root::Computed);
    let Compiler { mut nodes, members, .. } = compiler;
    nodes.members = members
        .into_iter()
        .map(|wanted| {
            let (keys, ops): (Vec<Arc<str>>, Vec<Vec<Op>>) = wanted.into_iter().unzip();
            MemberNode::new(&keys, ops)
        })
        .collect();
    // Plans are kept for long, and their memory is bounded.
    nodes.rows.shrink_to_fit();
    nodes.fields.shrink_to_fit();
    nodes.spots.shrink_to_fit();
    (nodes, root)
}

struct Compiler<'l> {
    layout: &'l Layout,
    nodes: Nodes,
    /// Member nodes under construction.
    members: Vec<IndexMap<Arc<str>, Vec<Op>>>,
}

/// A row node under construction.
#[derive(Default)]
struct Draft {
    tables: Vec<usize>,
    groups: Vec<Target>,
    computed: Vec<usize>,
    names: HashSet<(usize, Arc<str>)>,
    spreads: bool,
}

/// Where items are added.
#[derive(Clone, Copy)]
struct Position {
    node: usize,
    owner: usize,
    /// Inside of an implicit spread, `$` is not the object of the row.
    spread: bool,
}

/// One key of a plain path.
struct Key {
    name: Arc<str>,
    optional: bool,
    place: Place,
}

impl Compiler<'_> {
    /// `None` where something needs the general evaluator as a whole.
    fn root(&mut self, tree: &Tree) -> Option<Root> {
        let rows = !self.layout.objects.is_empty();
        match tree {
            Tree::Items(items) if rows => Some(Root::Rows { path: Vec::new(), row: self.rows(items, 0)? }),
            Tree::Items(_) => None,
            Tree::Value(Expr::Path(path)) => {
                let keys = plain_keys(path)?;
                let end = match (&path.sub, rows) {
                    (Some(items), true) => Some(self.rows(items, 0)?),
                    (None, false) => None,
                    _ => return None,
                };
                let path = keys.into_iter().map(|key| self.path_key(&key)).collect();
                Some(match end {
                    Some(row) => Root::Rows { path, row },
                    None => Root::Leaf { path },
                })
            }
            Tree::Value(Expr::Object(items)) if rows => self.literal(items),
            Tree::Value(_) => None,
        }
    }

    /// `{ edges: $ { … } total: … }`: of the members of a literal one is made of the body, and nothing of it is read for
    /// the others.
    fn literal(&mut self, items: &[Item]) -> Option<Root> {
        let fields = &self.layout.objects.first()?.fields;
        let (mut of_body, mut computed) = (None, Vec::new());
        let mut names = HashSet::new();
        for item in items {
            let ItemKind::Field { name, value } = &item.kind else { return None };
            let slot = fields.iter().position(|field| field.name == **name).filter(|_| names.insert(name))?;
            let child = fields.get(slot)?.child;
            if !needs::of_expr(value).reads_anything() {
                computed.push(FieldPlan { value: value.clone(), target: Target { owner: 0, slot }, child });
                continue;
            }
            let Expr::Path(path) = value else { return None };
            let is_body = path.steps.is_empty() && matches!(path.head, Head::Dollar | Head::At) && of_body.is_none();
            of_body = Some((slot, self.rows(path.sub.as_ref().filter(|_| is_body)?, child?)?));
        }
        let (slot, row) = of_body?;
        Some(Root::Literal { slot, row, computed })
    }

    fn path_key(&mut self, key: &Key) -> PathKey {
        let spot = self.spot(key.place, Some(key.name.clone()));
        PathKey { keys: KeySet::new([&*key.name]), optional: key.optional, spot }
    }

    /// A node for objects that make rows of `table`.
    fn rows(&mut self, items: &[Item], table: usize) -> Option<usize> {
        self.layout.objects.get(table)?;
        let node = self.member_node();
        let mut draft = Draft { tables: vec![table], ..Draft::default() };
        self.items(&mut draft, items, Position { node, owner: 0, spread: false })?;
        let (input, captures) = self.input_of(&draft.computed);
        for (at, key) in captures.iter().enumerate() {
            self.wanted(node, key).push(Op::Capture(at));
        }
        let simple = draft.groups.is_empty() && draft.computed.is_empty() && !draft.spreads;
        self.nodes.rows.push(RowNode {
            members: node,
            tables: draft.tables,
            groups: draft.groups,
            computed: draft.computed,
            input,
            captures,
            simple,
            items: items.to_vec(),
        });
        Some(self.nodes.rows.len() - 1)
    }

    fn items(&mut self, draft: &mut Draft, items: &[Item], at: Position) -> Option<()> {
        for item in items {
            match &item.kind {
                ItemKind::Field { name, value } => self.field(draft, name, value, at)?,
                ItemKind::Spread(path) => self.spread(draft, path, item.place, at)?,
            }
        }
        Some(())
    }

    fn field(&mut self, draft: &mut Draft, name: &Arc<str>, value: &Expr, at: Position) -> Option<()> {
        // Siblings of one name are merged, which only the general evaluator does.
        if !draft.names.insert((at.owner, name.clone())) {
            return None;
        }
        let fields = &self.layout.objects.get(*draft.tables.get(at.owner)?)?.fields;
        let slot = fields.iter().position(|field| field.name == **name)?;
        let child = fields.get(slot)?.child;
        let target = Target { owner: at.owner, slot };
        self.nodes.fields.push(FieldPlan { value: value.clone(), target, child });
        let field = self.nodes.fields.len() - 1;
        if self.direct(draft, value, at, field).is_none() {
            if at.spread {
                return None;
            }
            draft.computed.push(field);
        }
        Some(())
    }

    /// Reads the field directly, if it is a plain key path.
    fn direct(&mut self, draft: &mut Draft, value: &Expr, at: Position, field: usize) -> Option<()> {
        let Expr::Path(path) = value else { return None };
        let mut keys = plain_keys(path)?;
        let FieldPlan { target, child, .. } = *self.nodes.fields.get(field)?;
        let Some(last) = keys.pop() else {
            let (items, child) = (path.sub.as_ref()?, child?);
            return self.group(draft, items, at, (target, child));
        };
        let row = match (&path.sub, child) {
            (None, None) => None,
            (Some(items), Some(table)) => Some(self.rows(items, table)?),
            _ => return None,
        };
        let mut node = at.node;
        for key in &keys {
            node = self.inner(node, key, field, at.spread);
        }
        let spot = self.spot(last.place, Some(last.name.clone()));
        let optional = last.optional;
        self.wanted(node, &last.name).push(match row {
            None => Op::Leaf { target, optional, spot },
            Some(row) => Op::Rows { target, row, optional, spot },
        });
        Some(())
    }

    /// `name: { … }`: a row of its own from members of the same object.
    fn group(&mut self, draft: &mut Draft, items: &[Item], at: Position, group: (Target, usize)) -> Option<()> {
        let (target, table) = group;
        if at.spread || self.has_unreadable(items) {
            return None;
        }
        self.layout.objects.get(table)?;
        let owner = draft.tables.len();
        draft.tables.push(table);
        draft.groups.push(target);
        // What was checked before can't fail now, or the half-built group would stay.
        self.items(draft, items, Position { owner, ..at })
    }

    /// Whether a group's items must be left to the general evaluator: spreads and siblings of one name.
    fn has_unreadable(&self, items: &[Item]) -> bool {
        let mut names = HashSet::new();
        items.iter().any(|item| match &item.kind {
            ItemKind::Spread(_) => true,
            ItemKind::Field { name, value } => {
                let nested = match value {
                    Expr::Path(path) if path.steps.is_empty() && matches!(path.head, Head::Dollar | Head::At) => {
                        path.sub.as_ref().is_some_and(|items| self.has_unreadable(items))
                    }
                    _ => false,
                };
                !names.insert(name.clone()) || nested
            }
        })
    }

    /// `$.meta { a b }` among other items: members of a nested object in the same row.
    fn spread(&mut self, draft: &mut Draft, path: &Path, place: Place, at: Position) -> Option<()> {
        let keys = plain_keys(path)?;
        let items = path.sub.as_ref()?;
        if keys.is_empty() {
            return None;
        }
        draft.spreads = true;
        let void = self.spot(place, None);
        let mut node = at.node;
        for (number, key) in keys.iter().enumerate() {
            let next = self.member_node();
            let spots = vec![self.spot(key.place, Some(key.name.clone()))];
            self.wanted(node, &key.name).push(Op::Inner(Box::new(Inner {
                node: next,
                optional: key.optional,
                spots,
                fields: None,
                spread: Some(void),
                spread_end: number + 1 == keys.len(),
            })));
            node = next;
        }
        self.items(draft, items, Position { node, owner: at.owner, spread: true })
    }

    /// The node below `key`, shared by all fields that go through it.
    fn inner(&mut self, node: usize, key: &Key, field: usize, spread: bool) -> usize {
        let spot = self.spot(key.place, Some(key.name.clone()));
        let known = self.wanted(node, &key.name).iter_mut().find_map(|op| match op {
            Op::Inner(inner) if inner.spread.is_none() && inner.optional == key.optional => Some(inner),
            _ => None,
        });
        if let Some(inner) = known {
            inner.spots.push(spot);
            inner.fields.iter_mut().for_each(|fields| fields.push(field));
            return inner.node;
        }
        let next = self.member_node();
        let inner = Inner {
            node: next,
            optional: key.optional,
            spots: vec![spot],
            fields: (!spread).then(|| vec![field]),
            spread: None,
            spread_end: false,
        };
        self.wanted(node, &key.name).push(Op::Inner(Box::new(inner)));
        next
    }

    fn input_of(&self, computed: &[usize]) -> (Input, Vec<Arc<str>>) {
        let mut all = needs::Needs::default();
        for field in computed.iter().filter_map(|&field| self.nodes.fields.get(field)) {
            let needs = needs::of_expr(&field.value);
            all.whole |= needs.whole;
            all.keys.extend(needs.keys);
        }
        if all.whole {
            (Input::Whole, Vec::new())
        } else if all.keys.is_empty() {
            (Input::Nothing, Vec::new())
        } else {
            (Input::Members, all.keys.into_iter().collect())
        }
    }

    fn member_node(&mut self) -> usize {
        self.members.push(IndexMap::new());
        self.members.len() - 1
    }

    fn wanted(&mut self, node: usize, key: &Arc<str>) -> &mut Vec<Op> {
        self.members.get_mut(node).expect("nodes are made before they are used").entry(key.clone()).or_default()
    }

    fn spot(&mut self, place: Place, key: Option<Arc<str>>) -> usize {
        self.nodes.spots.push(Spot { place, key });
        self.nodes.spots.len() - 1
    }
}

/// The keys of a path of nothing but keys and `?`, from the enclosing object.
fn plain_keys(path: &Path) -> Option<Vec<Key>> {
    if !matches!(path.head, Head::Dollar | Head::At) {
        return None;
    }
    let mut keys: Vec<Key> = Vec::new();
    for step in &path.steps {
        match &step.kind {
            StepKind::Key(name) => keys.push(Key { name: name.clone(), optional: false, place: step.place }),
            StepKind::Optional => keys.last_mut()?.optional = true,
            StepKind::Method(..) | StepKind::Bind(..) => return None,
        }
    }
    Some(keys)
}
