//! Walks through whole lists with pages of changing sizes, from one edge or another.

use std::sync::{Arc, Mutex};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::{MAX, Manner, gateway, page, service};

/// Fields, and whether they go backward, also from the end of the list.
const FIELDS: [(&str, bool, bool); 11] = [
    ("pageTotal", true, true),
    ("pageZero", false, false),
    ("pageBare", false, false),
    ("pageFixed", true, true),
    ("offsetTotal", true, true),
    ("offsetBare", false, false),
    ("keys", true, false),
    ("tokens", true, false),
    ("starts", true, false),
    ("links", true, false),
    ("urls", false, false),
];

/// Fields whose service does not say whether a full page of the largest size is the last one.
const MAY_GUESS: [&str; 3] = ["pageBare", "offsetBare", "keys"];

/// How a client goes on: how many it wants next, and how many edges of the page it leaves aside.
type Move = (usize, usize);

#[test]
fn every_walk_gives_the_whole_list_in_order() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let rows = Arc::new(Mutex::new(0));
    let gateways = runtime.block_on(async {
        let (exact, generous) = (service(&rows, Manner::Exact).await, service(&rows, Manner::Generous).await);
        [(gateway(&exact), exact), (gateway(&generous), generous)]
    });
    let moves = prop::collection::vec((1..=MAX, 0..3_usize), 1..6);
    let strategy = (0..25_usize, 0..FIELDS.len(), any::<bool>(), moves);
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&strategy, |(count, field, generous, moves)| {
        *rows.lock().unwrap() = count;
        let (gateway, _) = &gateways[usize::from(generous)];
        runtime.block_on(async {
            let field = FIELDS[field];
            // A service that names the page before by its first row has pages of one size.
            let one_size: Vec<Move> = moves.iter().map(|(_, aside)| (moves[0].0, *aside)).collect();
            let onward = if field.0 == "starts" { &one_size } else { &moves };
            let last = forward(gateway, field.0, count, onward).await?;
            if field.1 {
                let from = if field.2 { None } else { last };
                backward(gateway, field.0, (count, from), &moves).await?;
            }
            Ok(())
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// From the start to the end; gives back the cursor of the last row.
async fn forward(
    gateway: &crate::testkit::Gateway,
    field: &str,
    count: usize,
    moves: &[Move],
) -> Result<Option<String>, TestCaseError> {
    let mut seen = 0;
    let mut after: Option<String> = None;
    let mut last = None;
    for turn in 0.. {
        prop_assert!(turn < 4 * count + 4, "{field} does not end at {seen} of {count}");
        let (first, aside) = moves[turn % moves.len()];
        let behind = after.as_ref().map(|cursor| format!(", after: \"{cursor}\"")).unwrap_or_default();
        let found = page(gateway, field, &format!("first: {first}{behind}")).await;
        prop_assert!(found.ids.len() <= first, "{field} gives more than {first}: {found:?}");
        prop_assert_eq!(found.ids.clone(), (seen..seen + found.ids.len()).collect::<Vec<_>>(), "{} {:?}", field, after);
        let end = seen + found.ids.len();
        // Numbered pages cannot always hold one row more than is wanted.
        let knows = !MAY_GUESS.contains(&field)
            || (found.ids.len() != MAX && !found.ids.is_empty() && (field != "pageBare" || seen == 0));
        prop_assert!(found.has_next >= (end < count), "{field} stops at {end} of {count}: {found:?}");
        prop_assert!(!knows || found.has_next == (end < count), "{field} goes on at {end} of {count}: {found:?}");
        prop_assert_eq!(found.has_previous, after.is_some());
        prop_assert_eq!(&found.start, &found.cursors.first().cloned());
        if !found.ids.is_empty() {
            prop_assert_eq!(&found.end, &found.cursors.last().cloned());
        }
        last = found.cursors.last().cloned().or(last);
        if !found.has_next {
            prop_assert_eq!(end, count);
            return Ok(last);
        }
        prop_assert!(!found.ids.is_empty(), "{field} is stuck at {seen} of {count}: {found:?}");
        // Any edge is a place to go on behind.
        let kept = found.ids.len().saturating_sub(aside).max(1);
        seen += kept;
        after = found.cursors.get(kept - 1).cloned();
    }
    unreachable!("walks end")
}

/// From the end, or from before a row that is the last, to the start.
async fn backward(
    gateway: &crate::testkit::Gateway,
    field: &str,
    (count, mut before): (usize, Option<String>),
    moves: &[Move],
) -> Result<(), TestCaseError> {
    let mut left = if before.is_some() { count.saturating_sub(1) } else { count };
    if before.is_none() && !["pageTotal", "pageFixed", "offsetTotal"].contains(&field) {
        return Ok(());
    }
    for turn in 0.. {
        prop_assert!(turn < 4 * count + 4, "{field} does not end at {left} of {count}");
        let (last, aside) = moves[turn % moves.len()];
        let at = before.as_ref().map(|cursor| format!(", before: \"{cursor}\"")).unwrap_or_default();
        let found = page(gateway, field, &format!("last: {last}{at}")).await;
        prop_assert!(found.ids.len() <= last, "{field} gives more than {last}: {found:?}");
        let start = left - found.ids.len().min(left);
        prop_assert_eq!(found.ids.clone(), (start..left).collect::<Vec<_>>(), "{} before {:?}", field, before);
        let knows = !MAY_GUESS.contains(&field) || (found.ids.len() != MAX && !found.ids.is_empty());
        prop_assert!(found.has_previous >= (start > 0), "{field} stops at {start}: {found:?}");
        prop_assert!(!knows || found.has_previous == (start > 0), "{field} goes on at {start}: {found:?}");
        prop_assert_eq!(found.has_next, before.is_some());
        if !found.has_previous {
            return Ok(());
        }
        prop_assert!(!found.ids.is_empty(), "{field} is stuck at {left}: {found:?}");
        let kept = found.ids.len().saturating_sub(aside).max(1);
        left -= kept;
        before = found.cursors.get(found.ids.len() - kept).cloned();
    }
    Ok(())
}

/// `previous` names the first row of the page before: that page is as large as the one behind it, whatever `last` says.
#[tokio::test]
async fn the_page_before_has_the_size_of_the_one_behind_it() {
    let service = service(&Arc::new(Mutex::new(20)), Manner::Exact).await;
    let gateway = gateway(&service);
    for field in ["starts", "tokens"] {
        let first = page(&gateway, field, "first: 5").await;
        let second = page(&gateway, field, &format!("first: 5, after: \"{}\"", first.end.unwrap())).await;
        assert_eq!(second.ids, [5, 6, 7, 8, 9]);
        let before = second.start.unwrap();
        for (last, ids, has_previous) in
            [(5, vec![0, 1, 2, 3, 4], false), (3, vec![2, 3, 4], true), (7, vec![0, 1, 2, 3, 4], false)]
        {
            let found = page(&gateway, field, &format!("last: {last}, before: \"{before}\"")).await;
            assert_eq!((found.ids, found.has_previous, found.has_next), (ids, has_previous, true), "{field} {last}");
        }
    }
}
