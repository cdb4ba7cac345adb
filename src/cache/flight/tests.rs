//! Single flight: examples, and random histories.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use proptest::prelude::*;
use tokio::sync::oneshot;

use super::*;
use crate::cache::{Epoch, Fence};

type TestFlights = Flights<(Epoch, &'static str), u32>;

/// One that waits for the flight of a number.
type Waiting = Passenger<(Epoch, usize), usize>;

#[tokio::test]
async fn identical_work_runs_once() {
    let (flights, fence, runs) = (TestFlights::default(), Fence::default(), Arc::new(AtomicUsize::new(0)));
    let join = || {
        let runs = Arc::clone(&runs);
        flights.join((fence.epoch(), "a"), move || async move {
            runs.fetch_add(1, Ordering::SeqCst);
            7
        })
    };
    let passengers: Vec<_> = (0..100).map(|_| join()).collect();
    assert_eq!(passengers.iter().filter(|passenger| passenger.leads()).count(), 1);
    for passenger in passengers {
        assert_eq!(passenger.wait().await, Ok(7));
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert!(flights.is_empty());
}

#[tokio::test]
async fn a_panic_is_an_error_for_all_and_the_next_one_starts_anew() {
    let (flights, fence) = (TestFlights::default(), Fence::default());
    let first = flights.join((fence.epoch(), "a"), || async { panic!("expected by this test") });
    let second = flights.join((fence.epoch(), "a"), || async { 1 });
    assert_eq!(first.wait().await, Err(Lost));
    assert_eq!(second.wait().await, Err(Lost));
    assert_eq!(flights.join((fence.epoch(), "a"), || async { 2 }).wait().await, Ok(2));
}

#[tokio::test]
async fn the_leader_may_leave() {
    let (flights, fence) = (TestFlights::default(), Fence::default());
    let (finish, finished) = oneshot::channel::<u32>();
    let leader = flights.join((fence.epoch(), "a"), || async { finished.await.unwrap() });
    let other = flights.join((fence.epoch(), "a"), || async { 0 });
    drop(leader);
    finish.send(5).unwrap();
    assert_eq!(other.wait().await, Ok(5));
}

/// One step of a random history.
#[derive(Debug, Clone)]
enum Step {
    Join(usize),
    Leave(usize),
    Land(usize),
    Panic(usize),
    Raise,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3usize).prop_map(Step::Join),
        2 => any::<usize>().prop_map(Step::Leave),
        2 => any::<usize>().prop_map(Step::Land),
        1 => any::<usize>().prop_map(Step::Panic),
        1 => Just(Step::Raise),
    ];
    proptest::collection::vec(step, 1..60)
}

/// A flight as the test sees it.
struct Work {
    epoch: Epoch,
    key: usize,
    /// Sends its end; `None` when it was told already.
    end: Option<oneshot::Sender<End>>,
    passengers: usize,
}

enum End {
    Land,
    Panic,
}

async fn settle() {
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
}

async fn run(history: Vec<Step>) {
    let (flights, fence) = (Flights::<(Epoch, usize), usize>::default(), Fence::default());
    let mut works: Vec<Work> = Vec::new();
    // Passengers that are still there, and the work that they wait for.
    let mut aboard: Vec<(usize, Waiting)> = Vec::new();
    for step in history {
        match step {
            Step::Join(key) => {
                let epoch = fence.epoch();
                let expected = works.iter().position(|work| {
                    work.epoch == epoch && work.key == key && work.end.is_some() && work.passengers > 0
                });
                let number = works.len();
                let (end, ended) = oneshot::channel();
                let passenger = flights.join((epoch, key), move || async move {
                    match ended.await {
                        Ok(End::Land) => number,
                        Ok(End::Panic) | Err(_) => panic!("expected by this test"),
                    }
                });
                assert_eq!(passenger.leads(), expected.is_none(), "joins exactly the flight of its key and epoch");
                if let Some(work) = expected {
                    works[work].passengers += 1;
                    aboard.push((work, passenger));
                } else {
                    works.push(Work { epoch, key, end: Some(end), passengers: 1 });
                    aboard.push((number, passenger));
                }
            }
            Step::Leave(which) if !aboard.is_empty() => {
                let (work, passenger) = aboard.swap_remove(which % aboard.len());
                drop(passenger);
                works[work].passengers -= 1;
                settle().await;
                if let Some(end) = works[work].end.as_ref() {
                    assert_eq!(end.is_closed(), works[work].passengers == 0, "the last one to leave ends the work");
                }
            }
            Step::Land(which) | Step::Panic(which) if !works.is_empty() => {
                let number = which % works.len();
                let lands = matches!(step, Step::Land(_));
                let Some(end) = works[number].end.take() else { continue };
                let told = end.send(if lands { End::Land } else { End::Panic }).is_ok();
                assert_eq!(told, works[number].passengers > 0);
                settle().await;
                let mut rest = Vec::new();
                for (work, passenger) in aboard {
                    if work == number {
                        let expected = if lands { Ok(number) } else { Err(Lost) };
                        assert_eq!(passenger.wait().now_or_never(), Some(expected), "nobody hangs");
                    } else {
                        rest.push((work, passenger));
                    }
                }
                aboard = rest;
                works[number].passengers = 0;
            }
            Step::Raise => fence.raise(),
            Step::Leave(_) | Step::Land(_) | Step::Panic(_) => {}
        }
        let flying = works.iter().filter(|work| work.end.is_some() && work.passengers > 0).count();
        assert_eq!(flights.len(), flying, "nothing is left behind");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn any_history_joins_within_its_epoch_and_leaves_nothing_behind(history in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(history));
    }
}
