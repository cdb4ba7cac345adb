//! async-graphql with types that are only known at run time, as those of a gateway are.

use std::{error, sync::Arc};

use async_graphql::{
    Value,
    dynamic::{Field, FieldFuture, FieldValue, InputValue, Object, ResolverContext, Schema, TypeRef},
};
use axum::Router;

use crate::{Mode, loaders, serve, upstream::Upstream};

type Loaders = Arc<loaders::Loaders<Value, Value>>;

/// What stands behind every object: its JSON.
type Json = Arc<Value>;

/// The peer's routes.
pub(crate) fn router(mode: Mode) -> Result<Router, Box<dyn error::Error>> {
    let upstream = Upstream::new(mode)?;
    let post = object("Post", &[("id", "Int"), ("userId", "Int"), ("title", "String"), ("body", "String")]).field(
        Field::new("user", TypeRef::named("User"), |context| {
            FieldFuture::new(async move {
                let Some(id) = integer(&context, "userId") else { return Ok(None) };
                let user = context.data_unchecked::<Loaders>().users.load_one(id).await?;
                Ok(user.map(FieldValue::owned_any))
            })
        }),
    );
    let key = object("Key", &[("itemId", "Int")]).field(Field::new("item", TypeRef::named("Item"), |context| {
        FieldFuture::new(async move {
            let Some(id) = integer(&context, "itemId") else { return Ok(None) };
            let item = context.data_unchecked::<Loaders>().items.load_one(id).await?;
            Ok(item.map(FieldValue::owned_any))
        })
    }));
    let user = object(
        "User",
        &[
            ("id", "Int"),
            ("name", "String"),
            ("username", "String"),
            ("email", "String"),
            ("phone", "String"),
            ("website", "String"),
        ],
    );
    let row = object(
        "Row",
        &[
            ("id", "Int"),
            ("name", "String"),
            ("city", "String"),
            ("email", "String"),
            ("score", "Int"),
            ("active", "Boolean"),
        ],
    );
    let item = object("Item", &[("id", "Int"), ("name", "String"), ("price", "Int")]);
    let schema = Schema::build("Query", None, None)
        .register(query())
        .register(post)
        .register(user)
        .register(row)
        .register(key)
        .register(item)
        .data(upstream.clone())
        .finish()?;
    Ok(serve::router::<_, Value, Value>(schema, upstream, mode))
}

fn query() -> Object {
    Object::new("Query")
        .field(Field::new("greet", TypeRef::named_nn("String"), |_| {
            FieldFuture::from_value(Some("Hello World!".into()))
        }))
        .field(Field::new("posts", TypeRef::named_nn_list("Post"), |context| {
            FieldFuture::new(async move { list(&context, "/posts".to_owned()).await })
        }))
        .field(
            Field::new("post", TypeRef::named("Post"), |context| {
                FieldFuture::new(async move {
                    let id = context.args.try_get("id")?.i64()?;
                    let post: Option<Json> = context.data_unchecked::<Upstream>().get(format!("/posts/{id}")).await?;
                    Ok(post.map(FieldValue::owned_any))
                })
            })
            .argument(InputValue::new("id", TypeRef::named_nn("Int"))),
        )
        .field(numbered("rows", "Row"))
        .field(numbered("keys", "Key"))
}

/// A field for the first `n` of something.
fn numbered(name: &'static str, of: &str) -> Field {
    Field::new(name, TypeRef::named_nn_list(of), move |context| {
        FieldFuture::new(async move {
            let n = context.args.try_get("n")?.i64()?;
            list(&context, format!("/{name}?n={n}")).await
        })
    })
    .argument(InputValue::new("n", TypeRef::named_nn("Int")))
}

/// A type whose fields are those of the JSON behind it.
fn object(name: &str, fields: &[(&'static str, &str)]) -> Object {
    fields.iter().fold(Object::new(name), |object, &(field, of)| {
        object.field(Field::new(field, TypeRef::named_nn(of), move |context| {
            FieldFuture::from_value(json(&context, field).cloned())
        }))
    })
}

fn json<'a>(context: &ResolverContext<'a>, field: &str) -> Option<&'a Value> {
    match &**context.parent_value.downcast_ref::<Json>()? {
        Value::Object(fields) => fields.get(field),
        _ => None,
    }
}

fn integer(context: &ResolverContext<'_>, field: &str) -> Option<i32> {
    match json(context, field)? {
        Value::Number(number) => number.as_i64()?.try_into().ok(),
        _ => None,
    }
}

async fn list<'a>(context: &ResolverContext<'a>, path: String) -> async_graphql::Result<Option<FieldValue<'a>>> {
    let values: Option<Arc<Vec<Json>>> = context.data_unchecked::<Upstream>().get(path).await?;
    Ok(values.map(|values| FieldValue::list(values.iter().cloned().map(FieldValue::owned_any))))
}
