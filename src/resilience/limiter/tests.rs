//! The limiter, polled by hand.

use std::{pin::Pin, task::Poll};

use futures_util::{FutureExt as _, future::BoxFuture};

use super::*;

type Waiting = BoxFuture<'static, Result<Permit, QueueFull>>;

fn limiter(concurrency: u32, queue: u32) -> Limiter {
    Limiter::new(NonZeroU32::new(concurrency).unwrap(), queue)
}

/// Starts to acquire and polls once.
fn arrive(limiter: &Limiter, group: usize) -> Waiting {
    let limiter = limiter.clone();
    let mut waiting: Waiting = Box::pin(async move { limiter.acquire(Group(group)).await });
    drop(poll(&mut waiting));
    waiting
}

fn poll(waiting: &mut Waiting) -> Option<Result<Permit, QueueFull>> {
    let waker = std::task::Waker::noop();
    match Pin::new(waiting).poll(&mut std::task::Context::from_waker(waker)) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

fn hold(limiter: &Limiter) -> Permit {
    limiter.acquire(Group(0)).now_or_never().unwrap().unwrap()
}

#[test]
fn takes_turns_between_groups() {
    let limiter = limiter(1, 100);
    let mut held = Some(hold(&limiter));
    let mut waiting: Vec<(usize, Waiting)> =
        [1, 1, 1, 1, 2, 3, 3].into_iter().map(|group| (group, arrive(&limiter, group))).collect();
    let mut served = Vec::new();
    while let Some(permit) = held.take() {
        drop(permit);
        waiting.retain_mut(|(group, future)| match poll(future) {
            Some(result) => {
                served.push(*group);
                held = Some(result.unwrap());
                false
            }
            None => true,
        });
    }
    assert_eq!(served, [1, 2, 3, 1, 3, 1, 1]);
    assert_eq!(limiter.waiting(), 0);
}

#[test]
fn one_wide_group_cannot_fill_the_queue() {
    let limiter = limiter(1, 4);
    let held = hold(&limiter);
    let mut wide: Vec<Waiting> = (0..4).map(|_| arrive(&limiter, 1)).collect();
    assert!(matches!(limiter.acquire(Group(1)).now_or_never(), Some(Err(QueueFull))));
    assert_eq!(limiter.waiting(), 4);
    let mut small = arrive(&limiter, 2);
    assert!(poll(&mut small).is_none(), "waits in the place of the wide group's newest");
    assert!(matches!(poll(&mut wide[3]), Some(Err(QueueFull))));
    assert!(poll(&mut wide[2]).is_none());
    drop(held);
    assert!(matches!(poll(&mut wide[0]), Some(Ok(_))), "first come of the first group");
    assert!(matches!(poll(&mut small), Some(Ok(_))), "the second turn is the small group's");
}

#[test]
fn equal_groups_do_not_displace_each_other() {
    let limiter = limiter(1, 2);
    let _held = hold(&limiter);
    let _first = arrive(&limiter, 1);
    let _second = arrive(&limiter, 2);
    let result = limiter.acquire(Group(3)).now_or_never();
    assert!(matches!(result, Some(Err(QueueFull))));
}

#[test]
fn a_waiter_that_leaves_gives_its_place_back() {
    let limiter = limiter(1, 1);
    let held = hold(&limiter);
    let leaver = arrive(&limiter, 1);
    assert_eq!(limiter.waiting(), 1);
    drop(leaver);
    assert_eq!(limiter.waiting(), 0);
    let mut next = arrive(&limiter, 2);
    drop(held);
    assert!(matches!(poll(&mut next), Some(Ok(_))));
}

#[test]
fn a_slot_given_to_one_that_left_is_not_lost() {
    let limiter = limiter(1, 2);
    let held = hold(&limiter);
    let first = arrive(&limiter, 1);
    let mut second = arrive(&limiter, 2);
    drop(held);
    // `first` owns the slot without having looked, and leaves.
    drop(first);
    assert!(matches!(poll(&mut second), Some(Ok(_))));
    assert!(limiter.acquire(Group(9)).now_or_never().unwrap().is_ok(), "and it comes back once more");
}

#[tokio::test]
async fn a_free_slot_is_had_without_waiting_and_a_taken_one_is_not() {
    let limiter = limiter(1, 10);
    let permit = limiter.try_acquire().unwrap();
    assert!(limiter.try_acquire().is_none());
    let waiting = arrive(&limiter, 1);
    drop(permit);
    assert!(limiter.try_acquire().is_none(), "the slot is the waiter's");
    drop(waiting.await.unwrap());
    assert!(limiter.try_acquire().is_some());
}
