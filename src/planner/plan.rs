//! The plan of an operation: positions, steps, and the completion program.
//!
//! Immutable, shared by `Arc`, free of values. Its readable form is its `Display` (`anabranch explain`).

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use http::HeaderName;

use crate::{
    graphql::{Condition, InitialCount, Literal, Location, Name, OperationKind, TypeRef},
    mapping::{Layout, Program},
    model::ConnectorId,
};

/// Index into [`OperationPlan::guards`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GuardId(pub u32);

/// Index into [`OperationPlan::positions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PositionId(pub u32);

/// Index into [`OperationPlan::steps`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub u32);

/// Index into [`OperationPlan::objects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectProgramId(pub u32);

/// Index into [`OperationPlan::deferred`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeferId(pub u32);

/// A condition over variables, evaluated once when the operation starts, in order (operands have smaller ids).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Guard {
    /// Always on. `GuardId(0)` is this one.
    Always,
    /// One `@skip` or `@include`.
    If(Condition),
    /// All of them.
    All(Vec<GuardId>),
    /// At least one of them.
    Any(Vec<GuardId>),
    /// The first and none of the others: a later occurrence of a response key whose earlier ones are off.
    ButNot(GuardId, Vec<GuardId>),
    /// A deferred fragment, or the later elements of a streamed list: off in what is delivered before them.
    Deferred(DeferId),
}

/// A fragment with `@defer`, or the elements of a list with `@stream` after the first ones, where it stands.
#[derive(Debug, Clone)]
pub struct Deferred {
    /// What its parts are called.
    pub label: Option<Arc<str>>,
    /// Deferred unless this variable is false; `None`: always.
    pub condition: Option<Name>,
    /// What is deferred around it, which has a smaller id.
    pub parent: Option<DeferId>,
    /// Whether it is asked for at all, itself among the operands.
    pub guard: GuardId,
    /// Of a list: how many elements are not deferred.
    pub initial_count: Option<InitialCount>,
    /// Place of its directive.
    pub site: Location,
}

/// A place of the graph where objects stand.
#[derive(Debug, Clone)]
pub struct Position {
    /// Graph type (may be abstract).
    pub graph_type: Name,
    /// Graph fields from the root, for people: `products[].seller`.
    pub path: String,
    /// Where its objects come from.
    pub provider: Provider,
    /// Slot of the provider's rows that holds `__typename`; `None` where the graph type is an object type.
    pub typename_slot: Option<usize>,
    /// Steps whose joins are at this position, in order of declaration.
    pub steps: Vec<StepId>,
    /// Which rows of the provider count; `None` in all usual cases: all.
    pub reached_by: Option<Reached>,
    /// The streamed list among whose later elements its objects stand, the innermost one.
    pub rest_of: Option<DeferId>,
}

/// Which rows count at a position: those that its parents reach.
#[derive(Debug, Clone)]
pub struct Reached {
    /// Position of the parents.
    pub parents: PositionId,
    /// Where they hold their objects.
    pub access: Access,
    /// Concrete types of parents that count (a field of one name that has another type in each of several concrete types).
    pub types: Vec<Name>,
    /// Which elements count, if the field is a streamed list.
    pub elements: Option<(DeferId, Elements)>,
}

/// Elements of a streamed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elements {
    /// Those that come with what the list stands in.
    First,
    /// Those after them.
    Rest,
}

/// Where the objects of a position come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// The root object: one row, no slots. `PositionId(0)`.
    Root,
    /// Rows of a table of a step.
    Step {
        /// The step.
        step: StepId,
        /// Table of its layout.
        table: usize,
    },
}

/// One use of a connector: all of its requests for all rows of a position.
#[derive(Debug)]
pub struct Step {
    /// Its index.
    pub id: StepId,
    /// Connector.
    pub connector: ConnectorId,
    /// What it calls, for people.
    pub label: StepLabel,
    /// Kind.
    pub kind: StepKind,
    /// Whether it runs at all.
    pub guard: GuardId,
    /// Where it joins. The rows of this position are its parents.
    pub join: Join,
    /// `$args`: coerced when the operation starts. Empty for type connectors.
    pub arguments: Vec<ArgumentValue>,
    /// Steps that must be complete before this one starts (the position's provider, and those that give its keys).
    pub depends_on: Vec<StepId>,
    /// What is read of each response.
    pub layout: Layout,
    /// The connector's selection compiled for that layout.
    pub program: Program,
    /// Index into [`OperationPlan::roots`] of the root field it works for: mutations run root by root.
    pub root: usize,
    /// How often its request is made anew for those who subscribe.
    pub poll: Option<Duration>,
    /// Whether another step of this plan uses the same connector (then keys are shared between them).
    pub shared: Sharing,
    /// Batch steps of the same connector that become ready with this one, itself among them: their keys are sent together.
    /// Empty where there is no other.
    pub together: Vec<StepId>,
    /// Batch steps: for each key field path of the connector, where the loaded object's rows hold it (table 0, leaves in order).
    pub batch_key: Vec<KeyRead>,
}

/// Whether steps of one plan use the same connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// No other does.
    Alone,
    /// Only steps for later elements of streamed lists do, which have nothing to do in an answer that is one whole.
    InParts,
    /// Others do, however the answer is delivered.
    Always,
}

/// A step in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLabel {
    /// Connector's name.
    pub connector: Arc<str>,
    /// Upstream's name; `None`: it makes no request.
    pub upstream: Option<Arc<str>>,
    /// Method and URL template: `GET /products/{$args.id}`; the text of its selection where it makes no request.
    pub request: String,
    /// `batch.maxSize`
    pub max_size: Option<u32>,
    /// Of a connection: how its pages are counted, and the most rows of one.
    pub pages: Option<(&'static str, u32)>,
}

/// How a step makes requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// A root field: one request. (The join's position is the root.)
    Root,
    /// A field connector: one request for each distinct (`$this`, `$args`).
    Field,
    /// Loads objects by key: one request for each distinct key.
    Single,
    /// Loads objects by key: one request for many keys.
    Batch,
}

/// Where a step's results are attached.
#[derive(Debug, Clone)]
pub struct Join {
    /// The position of the parents.
    pub position: PositionId,
    /// Only parents of these concrete graph types (`None`: all).
    pub only: Option<Vec<Name>>,
    /// The connector's key fields at the parents, as `KeyField`s of the connector in order.
    pub key: Vec<KeyRead>,
}

/// Reads one key field of a parent row: a leaf, or an object with fields below.
#[derive(Debug, Clone)]
pub struct KeyRead {
    /// Member of `$this`, of an element of `$batch`, or argument of the entity root field.
    pub name: Name,
    /// The name as it is written after another one: `,"id":`
    pub prefix: Box<[u8]>,
    /// Where.
    pub access: Access,
    /// Its fields, read at `child`; empty for a leaf.
    pub fields: Vec<Self>,
    /// Position of the object, when `fields` is not empty.
    pub child: Option<PositionId>,
}

/// Where a graph field's value is, seen from a row of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// A slot of the provider's row.
    Provider {
        /// Slot.
        slot: usize,
    },
    /// A slot of the row that an entity step joined to this row.
    Joined {
        /// Entity step (`Single` or `Batch`).
        step: StepId,
        /// Slot of its table 0.
        slot: usize,
    },
    /// The value that a root or field step joined to this row.
    Result {
        /// `Root` or `Field` step.
        step: StepId,
    },
}

/// An argument of a step, resolved when the operation starts.
#[derive(Debug, Clone, PartialEq)]
pub struct ArgumentValue {
    /// Graph argument.
    pub name: Name,
    /// Its value: a literal that may hold variables, or a header.
    pub value: ArgumentOrigin,
    /// Whether null is refused when the operation runs: a nullable variable may stand where a default makes up for its
    /// absence, and be null all the same (`CoerceArgumentValues`).
    pub required: bool,
}

/// The source of an argument's value.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentOrigin {
    /// A literal, variables in place, and what to use when it resolves to nothing.
    Literal {
        /// As the client wrote it, or pinned by the view.
        value: Option<Literal>,
        /// The view's default, else the graph's, else a cap.
        default: Option<Literal>,
    },
    /// A request header; without it the field is an error and no call is made.
    Header(HeaderName),
}

/// A `@max` to check before any call.
#[derive(Debug, Clone)]
pub struct CapCheck {
    /// Only if this occurrence is on.
    pub guard: GuardId,
    /// What was given.
    pub value: Literal,
    /// The largest value allowed.
    pub max: i64,
    /// Whether null is as good as nothing, as it is to connections: clients send it for what goes the other way.
    pub null: bool,
    /// Argument in the view.
    pub argument: Name,
    /// Field in the view, as `Type.field`.
    pub field: String,
    /// Place.
    pub location: Location,
}

/// A root field of a mutation (they run in order), or of a query (they run at once).
#[derive(Debug, Clone)]
pub struct RootField {
    /// Response key, for logs and traces.
    pub response_key: Arc<str>,
    /// Whether it is on.
    pub guard: GuardId,
}

/// A plan.
#[derive(Debug)]
pub struct OperationPlan {
    /// Kind.
    pub kind: OperationKind,
    /// Guards; `guards[0]` is `Always`.
    pub guards: Vec<Guard>,
    /// Positions; `positions[0]` is the root.
    pub positions: Vec<Position>,
    /// Steps, dependencies before dependents.
    pub steps: Vec<Step>,
    /// Root fields that steps work for.
    pub roots: Vec<RootField>,
    /// Fragments, and elements of lists, that may be delivered after the rest.
    pub deferred: Vec<Deferred>,
    /// Programs of objects.
    pub objects: Vec<ObjectProgram>,
    /// The program of the root object.
    pub root_program: ObjectProgramId,
    /// Caps to check before any call.
    pub caps: Vec<CapCheck>,
    /// Client headers that the answer can depend on: sorted, lower case.
    pub headers: Vec<HeaderName>,
    /// Whether the answer can depend on `$context`.
    pub reads_context: bool,
    /// Whether introspection fields are among the root fields.
    pub introspection: bool,
    /// Bytes of the last answer, or zero: a guess at the next one's. The only thing that changes.
    pub answer_size: AtomicUsize,
}

/// Completes an object: what to write for each concrete type.
#[derive(Debug)]
pub struct ObjectProgram {
    /// View type of the field, possibly abstract (for messages).
    pub view_type: Name,
    /// One for each concrete graph type; exactly one where the position is not abstract.
    pub variants: Vec<Variant>,
    /// What it is made of, where several rows may be made of the same; `None` where no two are.
    pub parts: Option<Parts>,
}

/// What the fields of an object read first. Rows that agree in all of it are completed alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Steps whose results are joined to the row; at least one.
    pub joined: Vec<StepId>,
    /// Slots of the row itself, all of them leaves.
    pub slots: Vec<usize>,
}

/// Fields to write for one concrete graph type.
#[derive(Debug)]
pub struct Variant {
    /// Concrete graph type.
    pub graph_type: Name,
    /// Its name in the view; `None`: the view says that such an object is null.
    pub view_type: Option<Name>,
    /// In order of the response.
    pub fields: Vec<FieldEntry>,
    /// The deferred fragments that stand at such an object.
    pub deferred: Box<[DeferId]>,
}

/// One response key of an object.
#[derive(Debug)]
pub struct FieldEntry {
    /// Whether this occurrence is written.
    pub guard: GuardId,
    /// Its occurrences, where one of them is in a deferred fragment.
    pub occurrences: Option<Box<Occurrences>>,
    /// Response key.
    pub response_key: Arc<str>,
    /// The key as it is written after another one: `,"title":`
    pub prefix: Box<[u8]>,
    /// `Type.field` in the view, for messages.
    pub coordinate: Arc<str>,
    /// Places of all occurrences of the field.
    pub locations: Vec<Location>,
    /// What to write.
    pub kind: EntryKind,
}

/// The occurrences of a field that may be delivered in parts.
#[derive(Debug, Clone)]
pub struct Occurrences {
    /// Their guards.
    pub guards: Box<[GuardId]>,
    /// Whether an entry before has the same response key.
    pub again: bool,
}

/// What a response key holds.
#[derive(Debug)]
pub enum EntryKind {
    /// The view's type name.
    Typename,
    /// A member of the introspection answer, under the same response key.
    Introspection,
    /// A value of the graph.
    Value(ValueProgram),
}

/// Completes one value.
#[derive(Debug)]
pub struct ValueProgram {
    /// Graph fields to walk, at least one; each list on the way adds a list level.
    pub hops: Vec<HopRead>,
    /// Type in the view.
    pub ty: TypeRef,
    /// What stands at the end.
    pub kind: ValueKind,
    /// How its later elements are completed, if it is a streamed list.
    pub stream: Option<Box<StreamedList>>,
    /// The slot of the value, where a single read leads to it and it is a leaf that is no list.
    pub leaf: Option<Access>,
}

/// The elements of a list that may be delivered after what it stands in. They have a position of their own, so that what they
/// need is told apart from what the first ones need.
#[derive(Debug, Clone)]
pub struct StreamedList {
    /// What is deferred.
    pub id: DeferId,
    /// Where they stand.
    pub position: PositionId,
    /// Completes one.
    pub program: ObjectProgramId,
}

/// Reads one graph field of a row.
#[derive(Debug)]
pub struct HopRead {
    /// List levels of the graph field: neither more nor fewer may be found.
    pub lists: usize,
    /// By concrete graph type of the row; one entry with `None` where the position is not abstract.
    pub reads: Vec<(Option<Name>, Access, Option<PositionId>)>,
}

/// What stands at the end of a value's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// A leaf of the view.
    Leaf(LeafKind),
    /// An object: completed by this program at the position of the last hop.
    Object(ObjectProgramId),
}

/// How a leaf is completed (result coercion).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeafKind {
    /// 32 bit.
    Int,
    /// Any finite number.
    Float,
    /// Strings; numbers and booleans become strings.
    String,
    /// `true`, `false`
    Boolean,
    /// Strings and integers, written as strings.
    Id,
    /// One of these values, which are sorted.
    Enum(Arc<[Name]>),
    /// A custom scalar: any JSON value, kept as it is.
    Any,
}
