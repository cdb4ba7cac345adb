//! The upstream: JSON by HTTP, kept while it is fresh in the mode that may.

use std::{any::Any, env, sync::Arc, time::Duration};

use async_graphql::Error;
use moka::sync::Cache;
use reqwest::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::Mode;

/// A client of the upstream, which is cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Upstream(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base: String,
    client: reqwest::Client,
    /// Parsed answers by path: async-graphql has no cache of answers, so this one is as a user would write it.
    cache: Option<Cache<String, Arc<dyn Any + Send + Sync>>>,
}

impl Upstream {
    /// The upstream that `UPSTREAM` names.
    pub(crate) fn new(mode: Mode) -> Result<Self, Box<dyn std::error::Error>> {
        // All answers of the upstream are fresh for an hour, if they are at all.
        let cache = || Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(3600)).build();
        Ok(Self(Arc::new(Inner {
            base: env::var("UPSTREAM")?,
            client: reqwest::Client::builder().no_proxy().build()?,
            cache: (mode == Mode::Cached).then(cache),
        })))
    }

    /// What GET of `path` answers; nothing if there is none.
    pub(crate) async fn get<T>(&self, path: String) -> Result<Option<Arc<T>>, Error>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let kept = self.0.cache.as_ref().and_then(|cache| cache.get(&path));
        if let Some(kept) = kept.and_then(|kept| kept.downcast().ok()) {
            return Ok(Some(kept));
        }
        let response = self.0.client.get(format!("{}{path}", self.0.base)).send().await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = response.error_for_status()?;
        let fresh = response
            .headers()
            .get(header::CACHE_CONTROL)
            .is_some_and(|value| value.to_str().is_ok_and(|value| value.contains("max-age")));
        let value: Arc<T> = Arc::new(serde_json::from_slice(&response.bytes().await?)?);
        if let Some(cache) = self.0.cache.as_ref().filter(|_| fresh) {
            cache.insert(path, Arc::clone(&value) as Arc<_>);
        }
        Ok(Some(value))
    }

    /// What POST of `body` to `path` answers.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: Vec<u8>) -> Result<T, Error> {
        let request = self.0.client.post(format!("{}{path}", self.0.base));
        let response = request.header(header::CONTENT_TYPE, "application/json").body(body).send().await?;
        Ok(serde_json::from_slice(&response.error_for_status()?.bytes().await?)?)
    }
}
