//! The headers of a request that mean something to this server, found in one pass: a map is asked for a name by hashing it,
//! and a dozen hashes cost more than everything else that is done before the engine.

use http::{HeaderMap, HeaderValue, header};

use crate::telemetry::AppHeaders;

/// The first value of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    headers: &'a HeaderMap,
    pub(super) accept: Option<&'a HeaderValue>,
    pub(super) accept_encoding: Option<&'a HeaderValue>,
    pub(super) content_encoding: Option<&'a HeaderValue>,
    pub(super) content_length: Option<&'a HeaderValue>,
    pub(super) content_type: Option<&'a HeaderValue>,
    pub(super) expect: Option<&'a HeaderValue>,
    /// `graphql-client-name`, `apollographql-client-name`
    app_names: [Option<&'a HeaderValue>; 2],
    /// `graphql-client-version`, `apollographql-client-version`
    app_versions: [Option<&'a HeaderValue>; 2],
    pub(super) fetch_site: Option<&'a HeaderValue>,
    pub(super) origin: Option<&'a HeaderValue>,
    pub(super) problems: Option<&'a HeaderValue>,
    pub(super) request_id: Option<&'a HeaderValue>,
    pub(super) trace: Option<&'a HeaderValue>,
    pub(super) traceparent: Option<&'a HeaderValue>,
    pub(super) upgrade: Option<&'a HeaderValue>,
}

impl<'a> Asked<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let mut asked = Self {
            headers,
            accept: None,
            accept_encoding: None,
            app_names: [None; 2],
            app_versions: [None; 2],
            content_encoding: None,
            content_length: None,
            content_type: None,
            expect: None,
            fetch_site: None,
            origin: None,
            problems: None,
            request_id: None,
            trace: None,
            traceparent: None,
            upgrade: None,
        };
        for (name, value) in headers {
            let place = match name.as_str() {
                "accept" => &mut asked.accept,
                "accept-encoding" => &mut asked.accept_encoding,
                "graphql-client-name" => &mut asked.app_names[0],
                "apollographql-client-name" => &mut asked.app_names[1],
                "graphql-client-version" => &mut asked.app_versions[0],
                "apollographql-client-version" => &mut asked.app_versions[1],
                "content-encoding" => &mut asked.content_encoding,
                "content-length" => &mut asked.content_length,
                "content-type" => &mut asked.content_type,
                "expect" => &mut asked.expect,
                "sec-fetch-site" => &mut asked.fetch_site,
                "origin" => &mut asked.origin,
                "x-anabranch-problems" => &mut asked.problems,
                "x-request-id" => &mut asked.request_id,
                "x-anabranch-trace" => &mut asked.trace,
                "traceparent" => &mut asked.traceparent,
                "upgrade" => &mut asked.upgrade,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        asked
    }

    /// All headers.
    pub(super) fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// What is said of the app that sent the request.
    pub(super) fn app(&self) -> AppHeaders<'a> {
        AppHeaders::read(self.app_names, self.app_versions)
    }

    /// Every `Accept`.
    pub(super) fn accepts(&self) -> impl Iterator<Item = &'a HeaderValue> + use<'a> {
        self.accept.is_some().then(|| self.headers.get_all(header::ACCEPT)).into_iter().flatten()
    }

    /// Every `Accept-Encoding`.
    pub(super) fn accept_encodings(&self) -> impl Iterator<Item = &'a HeaderValue> + use<'a> {
        self.accept_encoding.is_some().then(|| self.headers.get_all(header::ACCEPT_ENCODING)).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::Asked;

    #[test]
    fn of_several_values_the_first_counts_as_with_the_map_itself() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("x-request-id", "1"), ("accept", "a/b"), ("host", "x"), ("accept", "c/d"), ("x-request-id", "2")]
        {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let asked = Asked::of(&headers);
        assert_eq!((asked.request_id, asked.accept), (headers.get("x-request-id"), headers.get("accept")));
        assert_eq!(asked.accepts().collect::<Vec<_>>(), ["a/b", "c/d"]);
        assert_eq!(asked.accept_encodings().count(), 0);
        assert_eq!(asked.origin, None);
    }
}
