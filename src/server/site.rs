//! What a listener serves: the clients' endpoints by a match on the path, everything else by a router.
//!
//! A router boxes a future and bodies for each request and moves them several times, which costs more than an answer that is
//! remembered: what must be fast goes past it.

use std::{borrow::Cow, sync::Arc};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::Request;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use tower_service::Service as _;

use super::{App, graphql, listener::Connected};

/// What a listener serves.
#[derive(Debug, Clone)]
pub struct Site {
    endpoints: Option<Arc<App>>,
    router: Router,
}

/// A response body: there as a whole, or what the router makes.
pub(super) type Outgoing = Either<Full<Bytes>, Body>;

impl From<Router> for Site {
    fn from(router: Router) -> Self {
        Self { endpoints: None, router }
    }
}

impl Site {
    /// The endpoints of all clients, and `router` for everything else.
    pub(super) fn with_endpoints(app: Arc<App>, router: Router) -> Self {
        Self { endpoints: Some(app), router }
    }

    pub(super) async fn answer(
        &self,
        connected: &Arc<Connected>,
        request: Request<Incoming>,
    ) -> http::Response<Outgoing> {
        if let Some(app) = &self.endpoints
            && let Some(client) = client(request.uri().path(), app.single)
        {
            let endpoint = app.endpoint(&client).ok_or_else(|| client.into_owned());
            let (mut parts, mut body) = request.into_parts();
            return graphql::serve(app, endpoint, connected, &mut parts, &mut body).await;
        }
        let routed = self.router.clone().call(request).await;
        routed.unwrap_or_else(|never| match never {}).map(Either::Right)
    }
}

/// The client that a path names: `/{client}/graphql`, and `/graphql` if there is but one.
fn client(path: &str, single: bool) -> Option<Cow<'_, str>> {
    let rest = path.strip_prefix('/')?.strip_suffix("graphql")?;
    if rest.is_empty() {
        return single.then_some(Cow::Borrowed("default"));
    }
    let name = rest.strip_suffix('/').filter(|name| !name.is_empty() && !name.contains('/'))?;
    percent_decode_str(name).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::client;

    #[test]
    fn only_the_paths_of_endpoints_name_a_client() {
        let cases = [
            ("/web/graphql", Some("web"), Some("web")),
            ("/graphql", Some("default"), None),
            ("/%77eb/graphql", Some("web"), Some("web")),
            ("/a%2Fb/graphql", Some("a/b"), Some("a/b")),
            ("/graphql/graphql", Some("graphql"), Some("graphql")),
            ("//graphql", None, None),
            ("/a/b/graphql", None, None),
            ("/webgraphql", None, None),
            ("/web/graphql/", None, None),
            ("/web/graphqls", None, None),
            ("/%FF/graphql", None, None),
            ("graphql", None, None),
            ("*", None, None),
            ("", None, None),
        ];
        for (path, single, several) in cases {
            assert_eq!(client(path, true).as_deref(), single, "{path}");
            assert_eq!(client(path, false).as_deref(), several, "{path}");
        }
    }
}
