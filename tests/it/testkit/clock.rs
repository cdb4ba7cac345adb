//! Time in tests.

use std::future::Future;

/// Runs with a clock that only the test moves: while something blocks, tokio's paused clock does not move by itself.
pub(crate) fn on_a_still_clock<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let value = runtime.block_on(async {
        let blocking = tokio::task::spawn_blocking(move || released.recv());
        let value = test.await;
        drop(release);
        assert!(blocking.await.unwrap().is_err());
        value
    });
    runtime.shutdown_background();
    value
}
