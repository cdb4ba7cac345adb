//! Which app a request says that it comes from: name and version, in the headers of Apollo's and other clients.
//!
//! Anyone may write anything into them. So they are told to operators and never decide anything, and of all the apps that a
//! process has seen only so many have numbers of their own.

use std::{
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

use http::HeaderValue;
use indexmap::{Equivalent, IndexSet};

/// Longest name or version that is believed, in bytes; a longer one is as good as none.
const LONGEST: usize = 128;
/// Apps (a name with a version) that are told apart; all further ones are one.
const MOST: usize = 200;

/// What a request says of the app that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AppHeaders<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// Its version.
    pub version: Option<&'a str>,
}

/// An app among those that a process has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AppId(u16);

/// An app. Without a name and a version: whoever said nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct App {
    /// Its name; empty: it said none.
    pub name: Box<str>,
    /// Its version; empty: it said none.
    pub version: Box<str>,
}

/// The apps that a process has seen. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Apps(Arc<RwLock<IndexSet<App, ahash::RandomState>>>);

/// The same as an [`App`], borrowed from headers.
#[derive(PartialEq, Eq, Hash)]
struct Told<'a> {
    name: &'a str,
    version: &'a str,
}

// === impl AppHeaders ===

impl<'a> AppHeaders<'a> {
    /// What headers for the name and for the version say, those first that count first.
    #[must_use]
    pub fn read(names: [Option<&'a HeaderValue>; 2], versions: [Option<&'a HeaderValue>; 2]) -> Self {
        let first = |values: [Option<&'a HeaderValue>; 2]| values.into_iter().flatten().find_map(believed);
        Self { name: first(names), version: first(versions) }
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.version.is_none()
    }
}

/// The text of a header, if it is short and printable.
fn believed(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim).filter(|text| !text.is_empty() && text.len() <= LONGEST)
}

// === impl AppId ===

impl AppId {
    /// Whoever said nothing.
    pub const UNNAMED: Self = Self(0);
    /// All that came when there were too many.
    pub const OTHERS: Self = Self(1);
}

// === impl Apps ===

impl Default for Apps {
    fn default() -> Self {
        let app = |name: &str| App { name: name.into(), version: "".into() };
        Self(Arc::new(RwLock::new([app(""), app("(others)")].into_iter().collect())))
    }
}

impl Apps {
    /// The app of these headers; one that is new becomes known while there is room.
    #[must_use]
    pub fn id(&self, headers: AppHeaders<'_>) -> AppId {
        if headers.is_empty() {
            return AppId::UNNAMED;
        }
        let told = Told { name: headers.name.unwrap_or_default(), version: headers.version.unwrap_or_default() };
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get_index_of(&told);
        let at = known.unwrap_or_else(|| {
            let mut apps = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if apps.len() >= MOST && !apps.contains(&told) {
                return usize::from(AppId::OTHERS.0);
            }
            apps.insert_full(App { name: told.name.into(), version: told.version.into() }).0
        });
        u16::try_from(at).map_or(AppId::OTHERS, AppId)
    }

    /// The app with this id.
    #[must_use]
    pub fn get(&self, id: AppId) -> Option<App> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get_index(usize::from(id.0)).cloned()
    }
}

// === impl Told ===

impl Equivalent<App> for Told<'_> {
    fn equivalent(&self, app: &App) -> bool {
        *self.name == *app.name && *self.version == *app.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    #[test]
    fn an_app_is_a_short_name_and_version() {
        let read = |names: [Option<&str>; 2], versions: [Option<&str>; 2]| {
            let (names, versions) = (names.map(|text| text.map(value)), versions.map(|text| text.map(value)));
            let headers =
                AppHeaders::read(names.each_ref().map(Option::as_ref), versions.each_ref().map(Option::as_ref));
            (headers.name.map(str::to_owned), headers.version.map(str::to_owned))
        };
        let long = "9".repeat(129);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read([None, None], [None, None]), (None, None));
        assert_eq!(read([Some("shop"), None], [None, Some(" 1.2 ")]), (some("shop"), some("1.2")));
        assert_eq!(read([Some("a"), Some("b")], [Some(""), Some("2")]), (some("a"), some("2")));
        assert_eq!(read([Some(&long), None], [Some(&long), None]), (None, None));
    }

    #[test]
    fn apps_are_told_apart_while_there_is_room() {
        let apps = Apps::default();
        let id = |name: &str, version: &str| apps.id(AppHeaders { name: Some(name), version: Some(version) });
        assert_eq!(apps.id(AppHeaders::default()), AppId::UNNAMED);
        let (one, two) = (id("shop", "1"), id("shop", "2"));
        assert_ne!(one, two);
        assert_eq!(id("shop", "1"), one);
        assert_eq!(apps.get(two), Some(App { name: "shop".into(), version: "2".into() }));
        for at in 0..2 * MOST {
            id("noise", &at.to_string());
        }
        assert_eq!(id("late", "1"), AppId::OTHERS);
        assert_eq!(id("shop", "2"), two);
        assert_eq!(apps.0.read().unwrap().len(), MOST);
    }

    /// Hashes of what is looked up and what is kept must agree.
    #[test]
    fn borrowed_and_owned_apps_hash_alike() {
        let hasher = ahash::RandomState::new();
        let app = App { name: "a".into(), version: "b".into() };
        assert_eq!(hasher.hash_one(Told { name: "a", version: "b" }), hasher.hash_one(app));
    }
}
