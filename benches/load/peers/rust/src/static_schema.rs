//! async-graphql with types that the compiler knows.

use std::{error, sync::Arc};

use async_graphql::{ComplexObject, Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SimpleObject};
use axum::Router;
use serde::Deserialize;

use crate::{Mode, loaders, serve, upstream::Upstream};

type Loaders = Arc<loaders::Loaders<User, Item>>;

#[derive(Deserialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(complex)]
struct Post {
    id: i32,
    user_id: i32,
    title: String,
    body: String,
}

#[ComplexObject]
impl Post {
    async fn user(&self, context: &Context<'_>) -> Result<Option<Arc<User>>> {
        context.data_unchecked::<Loaders>().users.load_one(self.user_id).await
    }
}

#[derive(Deserialize, SimpleObject)]
struct User {
    id: i32,
    name: String,
    username: String,
    email: String,
    phone: String,
    website: String,
}

impl loaders::Row for User {
    fn id(&self) -> Option<i32> {
        Some(self.id)
    }
}

#[derive(Deserialize, SimpleObject)]
struct Row {
    id: i32,
    name: String,
    city: String,
    email: String,
    score: i32,
    active: bool,
}

#[derive(Deserialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(complex)]
struct Key {
    item_id: i32,
}

#[ComplexObject]
impl Key {
    async fn item(&self, context: &Context<'_>) -> Result<Option<Arc<Item>>> {
        context.data_unchecked::<Loaders>().items.load_one(self.item_id).await
    }
}

#[derive(Deserialize, SimpleObject)]
struct Item {
    id: i32,
    name: String,
    price: i32,
}

impl loaders::Row for Item {
    fn id(&self) -> Option<i32> {
        Some(self.id)
    }
}

struct Query;

#[Object]
impl Query {
    async fn greet(&self) -> &'static str {
        "Hello World!"
    }

    async fn posts(&self, context: &Context<'_>) -> Result<Option<Arc<Vec<Post>>>> {
        context.data_unchecked::<Upstream>().get("/posts".to_owned()).await
    }

    async fn post(&self, context: &Context<'_>, id: i32) -> Result<Option<Arc<Post>>> {
        context.data_unchecked::<Upstream>().get(format!("/posts/{id}")).await
    }

    async fn rows(&self, context: &Context<'_>, n: i32) -> Result<Option<Arc<Vec<Row>>>> {
        context.data_unchecked::<Upstream>().get(format!("/rows?n={n}")).await
    }

    async fn keys(&self, context: &Context<'_>, n: i32) -> Result<Option<Arc<Vec<Key>>>> {
        context.data_unchecked::<Upstream>().get(format!("/keys?n={n}")).await
    }
}

/// The peer's routes.
pub(crate) fn router(mode: Mode) -> Result<Router, Box<dyn error::Error>> {
    let upstream = Upstream::new(mode)?;
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).data(upstream.clone()).finish();
    Ok(serve::router::<_, User, Item>(schema, upstream, mode))
}
