//! Plays one test: the request that the connector makes, and what it makes of the recorded answer. Every step is the
//! product's own.

use bytes::Bytes;

use super::suite::{Case, Variables};
use crate::{
    executor::{client_error, page_variables},
    graphql::{ErrorCode, GraphqlError, Schema},
    json::{Object, Value},
    mapping::{Problem, Problems, Scope},
    model::{Connector, ConnectorId, Model, Place},
    upstream::{self, RecordedAnswer, Replayed, UpstreamError, UpstreamErrorKind, UpstreamRequest},
};

/// What a connector did.
#[derive(Debug)]
pub(super) struct Played {
    /// Its request; none if it computes its fields without one; or why none can be made.
    pub(super) request: Result<Option<UpstreamRequest>, String>,
    /// What came of the answer: the mapped value, or the error as a client sees it. `None` if there was no answer.
    pub(super) outcome: Option<Result<Value, GraphqlError>>,
    /// Of the request, of `isSuccess` and `errors`, of the selection.
    pub(super) problems: Vec<Met>,
}

/// A problem, and where in the answer it leaves something out.
#[derive(Debug)]
pub(super) struct Met {
    pub(super) message: String,
    pub(super) count: u32,
    /// Names from the connector's field on, `*` for the elements of a list; empty for problems of the request and such.
    pub(super) path: Vec<String>,
}

/// Plays `case` with the connector of an id.
pub(super) fn play(model: &Model, id: ConnectorId, case: &Case) -> Played {
    let connector = model.connector(id);
    let variables = &case.variables;
    let context = variables.context.clone().unwrap_or_else(|| Value::Object(Object::default()));
    let args = arguments(&model.schema, connector, variables);
    let page = connector.paging.as_ref().map(|paging| page_variables(paging, &args)).transpose();
    let request_value = upstream::request_value(connector, &variables.headers);
    let scope = Scope {
        args: Some(&args),
        this: variables.this.as_ref(),
        batch: variables.batch.as_ref(),
        page: page.as_ref().ok().and_then(Option::as_ref),
        config: Some(&connector.config),
        env: Some(&connector.env),
        context: Some(&context),
        request: request_value.as_deref(),
        ..Scope::default()
    };
    let Some(upstream) = connector.upstream().map(|upstream| model.upstream(upstream)) else {
        let mut problems = Problems::default();
        let nothing = Value::Object(Object::default());
        let value = connector.selection.evaluate(&nothing, &scope, &mut problems).unwrap_or_default();
        let problems =
            problems.as_slice().iter().map(|problem| Met::of_selection(problem, connector, &value)).collect();
        return Played { request: Ok(None), outcome: Some(Ok(value)), problems };
    };
    if let Err(refused) = page {
        let error = GraphqlError::new(ErrorCode::BadUserInput, refused.clone());
        return Played { request: Err(refused), outcome: Some(Err(error)), problems: Vec::new() };
    }
    let (request, problems) = match upstream::render(connector, &upstream.settings, &scope, &variables.headers) {
        Ok(rendered) => rendered,
        Err(error) => {
            let failed = UpstreamError {
                kind: UpstreamErrorKind::Render,
                upstream: upstream.name.clone(),
                connector: connector.name.clone(),
                detail: String::new(),
                client_message: None,
                client_extensions: Object::default(),
                client_code: None,
            };
            return Played {
                request: Err(error.message),
                outcome: Some(Err(client_error(&failed))),
                problems: Vec::new(),
            };
        }
    };
    let mut problems: Vec<Met> = problems.into_iter().map(Met::elsewhere).collect();
    let outcome = answer(case).map(|answer| {
        let Replayed { outcome, problems: judged } = upstream::replay(upstream, connector, &request, answer);
        problems.extend(judged.into_iter().map(Met::elsewhere));
        let body = outcome.map_err(|error| client_error(&error))?;
        if body.not_found {
            return Ok(Value::Null);
        }
        let mut met = Problems::default();
        let scope = Scope { response: Some(&body.response), status: Some(body.status), batch: None, ..scope };
        let value = connector.selection.evaluate(&body.value, &scope, &mut met).unwrap_or_default();
        problems.extend(met.as_slice().iter().map(|problem| Met::of_selection(problem, connector, &value)));
        Ok(value)
    });
    Played { request: Ok(Some(request)), outcome, problems }
}

// === impl Met ===

impl Met {
    fn elsewhere(problem: Problem) -> Self {
        Self { message: problem.message, count: problem.count, path: Vec::new() }
    }

    /// The fields around its place in the text, and the lists that the result has there.
    fn of_selection(problem: &Problem, connector: &Connector, value: &Value) -> Self {
        let mut path: Vec<String> = match &connector.place {
            Place::Root { field, .. } | Place::Field { field, .. } => vec![field.to_string()],
            Place::Type { .. } => Vec::new(),
        };
        let mut value = elements(Some(value), &mut path);
        for name in connector.selection.enclosing(&problem.range) {
            path.push(name.to_string());
            value = elements(value.and_then(|value| value.get(&name)), &mut path);
        }
        Self { message: problem.message.clone(), count: problem.count, path }
    }
}

/// An element of a list (of lists), and `*` for each level.
fn elements<'v>(value: Option<&'v Value>, path: &mut Vec<String>) -> Option<&'v Value> {
    let mut value = value;
    while let Some(elements) = value.and_then(Value::as_array) {
        path.push("*".to_owned());
        value = elements.iter().find(|element| !element.is_null());
    }
    value
}

/// The recorded answer; an empty one where a test says nothing of it but demands something of what it becomes.
fn answer(case: &Case) -> Option<RecordedAnswer> {
    let expect = &case.expect;
    let demanded = expect.response.is_some() || expect.error.is_some() || !expect.response_headers.is_empty();
    match &case.answer {
        Some(answer) => Some(answer.clone()),
        None if demanded => Some(RecordedAnswer { status: 200, headers: http::HeaderMap::new(), body: Bytes::new() }),
        None => None,
    }
}

/// `$args` as given; arguments that are not given have their defaults.
fn arguments(schema: &Schema, connector: &Connector, variables: &Variables) -> Value {
    let mut args = variables.args.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    if let Place::Root { parent, field, .. } | Place::Field { parent, field } = &connector.place {
        let definition = schema.types.get(parent).and_then(|definition| definition.fields.get(field));
        for (name, argument) in definition.into_iter().flat_map(|definition| &definition.arguments) {
            let default = argument.default.as_ref().and_then(|literal| literal.resolve(&Value::Null));
            if let (false, Some(default)) = (args.contains_key(name), default) {
                args.insert(name.clone(), default);
            }
        }
    }
    Value::Object(args)
}
