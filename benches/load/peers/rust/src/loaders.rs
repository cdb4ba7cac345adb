//! Loaders of users and items: the `DataLoader` of async-graphql, configured as its documentation proposes
//! (async-graphql.github.io/async-graphql/en/dataloader.html).

use std::{collections::HashMap, fmt::Write, marker::PhantomData, sync::Arc};

use async_graphql::{
    Error, Value,
    dataloader::{DataLoader, HashMapCache, Loader},
};
use serde::de::DeserializeOwned;

use crate::{Mode, upstream::Upstream};

/// What the upstream answers a list of, each with an id.
pub(crate) trait Row: DeserializeOwned + Send + Sync + 'static {
    /// Its id.
    fn id(&self) -> Option<i32>;
}

impl Row for Value {
    fn id(&self) -> Option<i32> {
        match self {
            Self::Object(fields) => match fields.get("id")? {
                Self::Number(id) => id.as_i64()?.try_into().ok(),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The loaders that resolvers use.
pub(crate) struct Loaders<U: Send + Sync + 'static, I: Send + Sync + 'static> {
    /// Of users.
    pub(crate) users: DataLoader<Users<U>, HashMapCache>,
    /// Of items.
    pub(crate) items: DataLoader<Items<I>, HashMapCache>,
}

impl<U: Row, I: Row> Loaders<U, I> {
    /// Empty loaders. In the mode in flight they remember nothing; in the others as long as they live.
    pub(crate) fn new(upstream: &Upstream, mode: Mode) -> Self {
        // The delay is left at the default of 1 ms: with less, batches of a static schema fall apart, as its executor
        // lets other tasks run after every 32 elements of a list.
        let users = DataLoader::with_cache(Users(upstream.clone(), PhantomData), tokio::spawn, HashMapCache::default())
            .max_batch_size(100_000);
        let items = DataLoader::with_cache(Items(upstream.clone(), PhantomData), tokio::spawn, HashMapCache::default())
            .max_batch_size(100_000);
        if mode == Mode::InFlight {
            users.enable_all_cache(false);
            items.enable_all_cache(false);
        }
        Self { users, items }
    }
}

/// Users by id, with one GET.
pub(crate) struct Users<U>(Upstream, PhantomData<U>);

impl<U: Row> Loader<i32> for Users<U> {
    type Value = Arc<U>;
    type Error = Error;

    async fn load(&self, keys: &[i32]) -> Result<HashMap<i32, Arc<U>>, Error> {
        let mut path = "/users?".to_owned();
        for key in keys {
            write!(path, "id={key}&")?;
        }
        path.pop();
        let users: Arc<Vec<Arc<U>>> = self.0.get(path).await?.unwrap_or_default();
        Ok(users.iter().filter_map(|user| Some((user.id()?, Arc::clone(user)))).collect())
    }
}

/// Items by id, with one POST.
pub(crate) struct Items<I>(Upstream, PhantomData<I>);

impl<I: Row> Loader<i32> for Items<I> {
    type Value = Arc<I>;
    type Error = Error;

    async fn load(&self, keys: &[i32]) -> Result<HashMap<i32, Arc<I>>, Error> {
        let items: Vec<I> = self.0.post("/items", serde_json::to_vec(keys)?).await?;
        Ok(items.into_iter().filter_map(|item| Some((item.id()?, Arc::new(item)))).collect())
    }
}
