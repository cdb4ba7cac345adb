//! The limit: axum reads a request and answers bytes that it has had from the start.

use std::{env, error, fs, path::Path};

use axum::{Router, http::header, routing::post};
use bytes::Bytes;

/// A route for each file in the folder `ANSWERS`: `POST /graphql/<workload>`.
pub(crate) fn router() -> Result<Router, Box<dyn error::Error>> {
    let mut router = Router::new();
    for entry in fs::read_dir(env::var("ANSWERS")?)? {
        let path = entry?.path();
        let Some(workload) =
            path.file_name().and_then(|name| Path::new(name).file_stem()).and_then(|stem| stem.to_str())
        else {
            continue;
        };
        let answer = Bytes::from(fs::read(&path)?);
        let respond = move |_request: Bytes| async move { ([(header::CONTENT_TYPE, "application/json")], answer) };
        router = router.route(&format!("/graphql/{workload}"), post(respond));
    }
    Ok(router)
}
