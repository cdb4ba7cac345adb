//! Numbers that a property test chose, and what is chosen by them.

use std::slice;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// Choices to be made. Where none is left the first option is taken, so that fewer numbers make simpler things and
/// failures shrink by themselves.
#[derive(Debug)]
pub(super) struct Choices<'n> {
    numbers: slice::Iter<'n, u16>,
}

/// Runs a property on random numbers: always the same ones, unless `GRAPHQL_JS_SEED` (a number) says which, and as many cases as
/// wanted, or as `GRAPHQL_JS_CASES` says.
pub(super) fn check(cases: u32, mut property: impl FnMut(Choices<'_>) -> Result<(), String>) {
    let mut seed = [7; 32];
    let given = number("GRAPHQL_JS_SEED").unwrap_or_default();
    seed[..4].copy_from_slice(&given.to_le_bytes());
    let cases = number("GRAPHQL_JS_CASES").unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let property = std::cell::RefCell::new(&mut property);
    let result = runner.run(&prop::collection::vec(any::<u16>(), 0..900), |numbers| {
        let choices = Choices { numbers: numbers.iter() };
        (property.borrow_mut())(choices).map_err(TestCaseError::fail)
    });
    if let Err(failure) = result {
        match failure {
            proptest::test_runner::TestError::Fail(reason, _) => panic!("{}", reason.message()),
            proptest::test_runner::TestError::Abort(reason) => panic!("{reason}"),
        }
    }
}

fn number(variable: &str) -> Option<u32> {
    #[expect(clippy::disallowed_methods, reason = "tells a test how much to try")]
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("`{variable}` must be a number")))
}

// === impl Choices ===

impl Choices<'_> {
    /// A number below `count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.numbers.next().map_or(0, |number| usize::from(*number) % count.max(1))
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of them.
    pub(super) fn pick<'t, T>(&mut self, options: &'t [T]) -> &'t T {
        &options[self.below(options.len())]
    }
}
