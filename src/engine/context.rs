//! The value of `$context`: who the client is, as far as is known.

use http::HeaderMap;

use crate::{
    json::{Object, Value},
    model::{CLIENT_VERSION_HEADERS, View},
};

/// Longest version that is believed; a longer one is as good as none.
const LONGEST_VERSION: usize = 128;

/// `{ client: { name, version } }`; without a version the member is absent.
pub(super) fn value(view: &View, headers: &HeaderMap) -> Value {
    let mut client = Object::default();
    client.insert("name".into(), Value::String((&*view.name).into()));
    if let Some(version) = version(headers) {
        client.insert("version".into(), Value::String(version.into()));
    }
    let mut context = Object::default();
    context.insert("client".into(), Value::Object(client));
    Value::Object(context)
}

/// The version that the client says it has. Several values of one header are as good as none.
fn version(headers: &HeaderMap) -> Option<&str> {
    CLIENT_VERSION_HEADERS.iter().find_map(|name| {
        let mut values = headers.get_all(name).iter();
        let only = values.next().filter(|_| values.next().is_none())?;
        only.to_str().ok().map(str::trim).filter(|version| !version.is_empty() && version.len() <= LONGEST_VERSION)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_one_short_text() {
        let check = |given: &[(&'static str, &str)], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.append(*name, value.parse().unwrap());
            }
            assert_eq!(version(&headers), expected, "{given:?}");
        };
        check(&[], None);
        check(&[("graphql-client-version", "1.2.3")], Some("1.2.3"));
        check(&[("apollographql-client-version", " 4 ")], Some("4"));
        check(&[("apollographql-client-version", "4"), ("graphql-client-version", "5")], Some("5"));
        check(&[("graphql-client-version", "1"), ("graphql-client-version", "2")], None);
        check(&[("graphql-client-version", "")], None);
        check(&[("graphql-client-version", &"9".repeat(129))], None);
    }
}
