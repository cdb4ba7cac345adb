//! One key that cannot be part of a request must not fail the others.

use super::{BatchKey, RenderError, UpstreamRequest};

/// A request for as many keys as can be in one.
pub(super) struct Isolated {
    /// The request and its keys.
    pub(super) rendered: Option<(Vec<BatchKey>, UpstreamRequest)>,
    /// Keys that cannot be asked for.
    pub(super) refused: Vec<BatchKey>,
    /// Why.
    pub(super) error: Option<RenderError>,
}

/// Renders all keys in one request; if that fails, finds out which of them are to blame. That they are too many is nobody's.
pub(super) fn render(
    keys: &[BatchKey],
    render: impl Fn(&[BatchKey]) -> Result<UpstreamRequest, RenderError>,
) -> Isolated {
    let error = match render(keys) {
        Ok(request) => return Isolated { rendered: Some((keys.to_vec(), request)), refused: Vec::new(), error: None },
        Err(error) if error.too_long.is_some() => {
            return Isolated { rendered: None, refused: keys.to_vec(), error: Some(error) };
        }
        Err(error) => error,
    };
    let (good, bad): (Vec<BatchKey>, Vec<BatchKey>) =
        keys.iter().cloned().partition(|key| render(std::slice::from_ref(key)).is_ok());
    let blame_some = !good.is_empty() && !bad.is_empty();
    match blame_some.then(|| render(&good)) {
        Some(Ok(request)) => Isolated { rendered: Some((good, request)), refused: bad, error: Some(error) },
        _ => Isolated { rendered: None, refused: keys.to_vec(), error: Some(error) },
    }
}
