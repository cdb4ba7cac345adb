//! What `@link`s bring into a schema: names of directives, and definitions that files repeat although they are known.
//!
//! Nothing here knows what a linked specification means.

use apollo_compiler::{
    Name, Node,
    ast::{Definition, Directive, DirectiveDefinition, Document, InputValueDefinition, Value},
};

/// Known directives of no specification that can be linked: a file that declares one seldom means the known one.
const COMMON_NAMES: [&str; 2] = ["connection", "poll"];

/// The links of all files.
#[derive(Debug, Default)]
pub(super) struct Links {
    list: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    /// `federation` of `https://specs.apollo.dev/federation/v2.5`.
    spec: String,
    /// What stands before `__` in names that are not imported.
    prefix: String,
    /// Name as written in the file and name in the specification; directives without their `@`.
    directives: Vec<(String, String)>,
    types: Vec<(String, String)>,
}

// === impl Links ===

impl Links {
    pub(super) fn new(documents: &[Document]) -> Self {
        let mut links = Self::default();
        for definition in documents.iter().flat_map(|document| &document.definitions) {
            if matches!(definition, Definition::SchemaDefinition(_) | Definition::SchemaExtension(_)) {
                links.list.extend(definition.directives().get_all("link").filter_map(Link::new));
            }
        }
        links
    }

    /// Whether one is of that specification.
    pub(super) fn has(&self, spec: &str) -> bool {
        self.list.iter().any(|link| link.spec == spec)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Names of directives that are imported.
    pub(super) fn imported(&self) -> impl Iterator<Item = &str> {
        self.list.iter().flat_map(|link| &link.directives).map(|(written, _)| written.as_str())
    }

    /// Whether a link's prefix makes the name of a directive known.
    pub(super) fn brings(&self, name: &str) -> bool {
        self.list.iter().any(|link| name == link.prefix || link.without_prefix(name).is_some())
    }

    /// The name in its specification of a directive that a link imports or that carries a prefix.
    pub(super) fn directive<'a>(&'a self, written: &'a str) -> Option<&'a str> {
        let imports = self.list.iter().flat_map(|link| &link.directives);
        let imported = imports.filter(|(name, _)| name == written).map(|(_, canonical)| canonical.as_str()).next();
        let main = || self.list.iter().find(|link| link.prefix == written).map(|link| link.spec.as_str());
        imported.or_else(main).or_else(|| self.list.iter().find_map(|link| link.without_prefix(written)))
    }

    /// Names that the type of a specification may have among the known definitions.
    fn known_types(&self, written: &str) -> Vec<String> {
        let mut names = vec![written.to_owned()];
        for link in &self.list {
            let imported = link.types.iter().find(|(name, _)| name == written).map(|(_, canonical)| canonical.as_str());
            for canonical in imported.into_iter().chain(link.without_prefix(written)) {
                names.push(canonical.to_owned());
                names.push(format!("{}__{canonical}", link.spec));
            }
        }
        names
    }

    /// Known directives under the other names by which the files use them.
    pub(super) fn aliases(&self, documents: &[Document], known: &Document) -> Vec<Definition> {
        let known = || known.definitions.iter().filter_map(Definition::as_directive_definition);
        let declared = documents.iter().flat_map(|document| &document.definitions);
        let declared: Vec<&Name> = declared.filter_map(directive_name).collect();
        let mut aliases: Vec<Node<DirectiveDefinition>> = Vec::new();
        for written in self.written_names(documents) {
            let is_known = known().any(|known| known.name == written)
                || declared.contains(&&written)
                || aliases.iter().any(|alias| alias.name == written);
            let Some(canonical) = self.directive(&written).filter(|_| !is_known) else { continue };
            if let Some(definition) = known().find(|known| known.name == canonical) {
                let mut alias = definition.clone();
                alias.make_mut().name = written.clone();
                aliases.push(alias);
            }
        }
        aliases.into_iter().map(Definition::DirectiveDefinition).collect()
    }

    fn written_names(&self, documents: &[Document]) -> Vec<Name> {
        if self.is_empty() {
            return Vec::new();
        }
        let definitions = documents.iter().flat_map(|document| &document.definitions);
        definitions.flat_map(super::rules::all_directives).map(|directive| directive.name.clone()).collect()
    }

    /// Whether a definition of a file says no more than a known one: files may bring the definitions of what they link.
    pub(super) fn repeats_known(&self, definition: &Definition, known: &Document) -> bool {
        if let Some(directive) = definition.as_directive_definition() {
            let canonical = self.directive(&directive.name);
            let mut all = known.definitions.iter().filter_map(Definition::as_directive_definition);
            let same = all.find(|known| *known.name == *canonical.unwrap_or(&directive.name));
            return same.is_some_and(|same| canonical.is_some() || repeats_directive(directive, same));
        }
        let Some(name) = definition.name() else { return false };
        let names = self.known_types(name);
        known.definitions.iter().any(|known| {
            known.name().is_some_and(|known| names.iter().any(|name| *name == **known))
                && same_kind(definition, known)
                && within(&member_names(definition), &member_names(known))
        })
    }
}

// === impl Link ===

impl Link {
    fn new(link: &Node<Directive>) -> Option<Self> {
        let text = |name: &str| link.specified_argument_by_name(name).and_then(|value| value.as_str());
        let spec = text("url").and_then(name_in_url)?.to_owned();
        let prefix = text("as").unwrap_or(&spec).to_owned();
        let mut this = Self { spec, prefix, directives: Vec::new(), types: Vec::new() };
        let imports = link.specified_argument_by_name("import");
        for import in
            imports.map(|imports| imports.as_list().unwrap_or(std::slice::from_ref(imports))).into_iter().flatten()
        {
            let (name, written) = match &**import {
                Value::String(name) => (name.as_str(), name.as_str()),
                Value::Object(members) => {
                    let member =
                        |key: &str| members.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.as_str());
                    let Some(name) = member("name") else { continue };
                    (name, member("as").unwrap_or(name))
                }
                _ => continue,
            };
            match name.strip_prefix('@') {
                Some(canonical) => {
                    this.directives.push((written.trim_start_matches('@').to_owned(), canonical.to_owned()));
                }
                None => this.types.push((written.to_owned(), name.to_owned())),
            }
        }
        Some(this)
    }

    fn without_prefix<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(self.prefix.as_str())?.strip_prefix("__").filter(|rest| !rest.is_empty())
    }
}

/// Makes a definition of the first extension of each type that nothing defines, as federation reads it: with links of
/// every type, without only of root types.
pub(super) fn adopt_extensions(documents: &mut [Document], known: &Document, links: &Links) {
    let defined = documents.iter().chain([known]).flat_map(|document| &document.definitions);
    let mut defined: Vec<Name> = defined.filter_map(type_name).cloned().collect();
    for definition in documents.iter_mut().flat_map(|document| &mut document.definitions) {
        let Some(name) = definition.name().cloned() else { continue };
        let is_root = matches!(&*name, "Query" | "Mutation" | "Subscription");
        if definition.is_extension_definition() && !defined.contains(&name) && (is_root || !links.is_empty()) {
            if let Some(adopted) = adopted(definition) {
                *definition = adopted;
            }
            defined.push(name);
        }
    }
}

/// An extension as a definition; `None` for those that are not of types.
pub(super) fn adopted(extension: &Definition) -> Option<Definition> {
    use apollo_compiler::ast;
    Some(match extension {
        Definition::ScalarTypeExtension(e) => {
            Definition::ScalarTypeDefinition(e.same_location(ast::ScalarTypeDefinition {
                description: None,
                name: e.name.clone(),
                directives: e.directives.clone(),
            }))
        }
        Definition::ObjectTypeExtension(e) => {
            Definition::ObjectTypeDefinition(e.same_location(ast::ObjectTypeDefinition {
                description: None,
                name: e.name.clone(),
                implements_interfaces: e.implements_interfaces.clone(),
                directives: e.directives.clone(),
                fields: e.fields.clone(),
            }))
        }
        Definition::InterfaceTypeExtension(e) => {
            Definition::InterfaceTypeDefinition(e.same_location(ast::InterfaceTypeDefinition {
                description: None,
                name: e.name.clone(),
                implements_interfaces: e.implements_interfaces.clone(),
                directives: e.directives.clone(),
                fields: e.fields.clone(),
            }))
        }
        Definition::UnionTypeExtension(e) => {
            Definition::UnionTypeDefinition(e.same_location(ast::UnionTypeDefinition {
                description: None,
                name: e.name.clone(),
                directives: e.directives.clone(),
                members: e.members.clone(),
            }))
        }
        Definition::EnumTypeExtension(e) => Definition::EnumTypeDefinition(e.same_location(ast::EnumTypeDefinition {
            description: None,
            name: e.name.clone(),
            directives: e.directives.clone(),
            values: e.values.clone(),
        })),
        Definition::InputObjectTypeExtension(e) => {
            Definition::InputObjectTypeDefinition(e.same_location(ast::InputObjectTypeDefinition {
                description: None,
                name: e.name.clone(),
                directives: e.directives.clone(),
                fields: e.fields.clone(),
            }))
        }
        _ => return None,
    })
}

/// The known definitions' text with other names for its types that give way to types of the files; `None`: none does.
pub(super) fn out_of_the_way(definitions: &str, known: &Document, documents: &[Document]) -> Option<String> {
    let known: Vec<&Name> = known.definitions.iter().filter_map(type_name).collect();
    let declared = documents.iter().flat_map(|document| &document.definitions).filter_map(type_name);
    let taken: Vec<&str> = declared.filter(|name| known.contains(name)).map(Name::as_str).collect();
    if taken.is_empty() {
        return None;
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut text = String::with_capacity(definitions.len());
    let mut rest = definitions;
    while let Some(start) = rest.find(is_name) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_name(c)).unwrap_or(from.len()));
        text.push_str(before);
        if taken.contains(&word) {
            text.push_str("known__");
        }
        text.push_str(word);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// The name of a type that is defined, not extended.
fn type_name(definition: &Definition) -> Option<&Name> {
    let is_type = directive_name(definition).is_none() && !definition.is_extension_definition();
    definition.name().filter(|_| is_type)
}

fn directive_name(definition: &Definition) -> Option<&Name> {
    definition.as_directive_definition().map(|directive| &directive.name)
}

fn same_kind(left: &Definition, right: &Definition) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}

fn within(names: &[&str], known: &[&str]) -> bool {
    names.iter().all(|name| known.contains(name))
}

/// Whether a directive has no other arguments than the known one; of [`COMMON_NAMES`], also of its types, and all it needs.
fn repeats_directive(directive: &DirectiveDefinition, same: &DirectiveDefinition) -> bool {
    let is_common = COMMON_NAMES.contains(&directive.name.as_str());
    directive.arguments.iter().all(|argument| {
        let same = same.argument_by_name(&argument.name);
        same.is_some_and(|same| !is_common || same.ty.inner_named_type() == argument.ty.inner_named_type())
    }) && same
        .arguments
        .iter()
        .all(|same| !is_common || !same.is_required() || directive.argument_by_name(&same.name).is_some())
}

fn member_names(definition: &Definition) -> Vec<&str> {
    match definition {
        Definition::InputObjectTypeDefinition(input) => input_names(&input.fields),
        Definition::EnumTypeDefinition(definition) => {
            definition.values.iter().map(|value| value.value.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

fn input_names(values: &[Node<InputValueDefinition>]) -> Vec<&str> {
    values.iter().map(|value| value.name.as_str()).collect()
}

/// `federation` of `https://specs.apollo.dev/federation/v2.5`.
fn name_in_url(url: &str) -> Option<&str> {
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let last = segments.next()?;
    let is_version = last.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_version { segments.next() } else { Some(last) }
}
