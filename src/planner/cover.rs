//! Which of several connectors to call, so that they give what is wanted with the fewest calls.
//!
//! Knows no graph: candidates give wants at a price and need keys that other candidates provide. Up to [`EXACT`] candidates
//! every set of them is looked at (while there is work left); beyond that it is greedy, and what turns out to be needless is
//! left out again.

use std::ops::Add;

/// Most candidates of which every set is looked at.
const EXACT: usize = 12;

/// What a choice costs: first what stays unanswered, then calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Cost {
    /// Fields that nobody gives.
    pub(super) unanswered: u32,
    /// Calls, here and below.
    pub(super) calls: u32,
}

/// Something that is wanted.
#[derive(Debug, Clone)]
pub(super) struct Want {
    /// What it costs if no candidate gives it.
    pub(super) otherwise: Cost,
    /// Whether some candidate needs it as a key: then the first one that gives it does.
    pub(super) is_key: bool,
}

/// A connector that could be called.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidate {
    /// It is called in any case.
    pub(super) fixed: bool,
    /// Its own calls.
    pub(super) calls: u32,
    /// Whether it makes one call for each key.
    pub(super) single: bool,
    /// For each want what it costs below, if it gives it.
    pub(super) gives: Vec<Option<Cost>>,
    /// Keys that must be there before it can be called.
    pub(super) needs: Vec<usize>,
    /// Keys that are there after it.
    pub(super) provides: Vec<usize>,
}

/// A choice to be made.
#[derive(Debug, Clone, Default)]
pub(super) struct Problem {
    pub(super) wants: Vec<Want>,
    /// In order of preference.
    pub(super) candidates: Vec<Candidate>,
    /// Which keys are there from the beginning.
    pub(super) keys: Vec<bool>,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Solution {
    /// Candidates to call, the fixed ones whose keys are there among them, each after those that give its keys.
    pub(super) order: Vec<usize>,
    /// For each want the candidate that gives it.
    pub(super) givers: Vec<Option<usize>>,
    pub(super) cost: Cost,
}

/// Makes the choice of least cost; among equal ones that with the fewest single loaders, the fewest candidates, the first in
/// order of preference. `work` is what may still be spent on exactness.
pub(super) fn solve(problem: &Problem, work: &mut usize) -> Solution {
    let free: Vec<usize> = (0..problem.candidates.len()).filter(|at| !problem.candidates[*at].fixed).collect();
    let sets = 1_usize << free.len().min(EXACT);
    let chosen = if free.len() <= EXACT && sets <= *work {
        *work -= sets;
        exact(problem, &free)
    } else {
        greedy(problem, &free)
    };
    problem.rate(&chosen).unwrap_or_else(|| problem.rate(&[]).unwrap_or_else(|| problem.nothing()))
}

fn exact(problem: &Problem, free: &[usize]) -> Vec<usize> {
    let floor = problem.floor();
    let mut best = Vec::new();
    let mut best_rank = problem.rank(&best);
    for set in 1..1_usize << free.len() {
        let chosen: Vec<usize> =
            free.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, at)| *at).collect();
        let calls: u32 = chosen.iter().map(|at| problem.candidates[*at].calls).sum();
        let hopeless = best_rank.as_ref().is_some_and(|best| best.cost.unanswered == floor && best.cost.calls < calls);
        if hopeless {
            continue;
        }
        let rank = problem.rank(&chosen);
        if rank.is_some() && (best_rank.is_none() || rank < best_rank) {
            (best, best_rank) = (chosen, rank);
        }
    }
    best
}

/// Takes the candidate that helps most for its calls, again and again; a candidate that only gives keys where none helps.
fn greedy(problem: &Problem, free: &[usize]) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    while let Some(now) = problem.rate(&chosen) {
        let keys = problem.keys_after(&now.order);
        let ready = |at: &&usize| {
            !chosen.contains(at) && problem.candidates[**at].needs.iter().all(|key| keys.get(*key) == Some(&true))
        };
        let with = |at: usize| chosen.iter().copied().chain([at]).collect::<Vec<usize>>();
        let helpful = free.iter().filter(ready).filter_map(|at| Some((problem.rank(&with(*at))?, *at)));
        let helpful = helpful.filter(|(rank, _)| rank.cost.unanswered < now.cost.unanswered);
        let bridge = || {
            let gives_key = |at: &&usize| problem.candidates[**at].provides.iter().any(|key| !keys[*key]);
            free.iter().filter(ready).find(gives_key).copied()
        };
        match helpful.min().map(|(_, at)| at).or_else(bridge) {
            Some(at) => chosen.push(at),
            None => break,
        }
    }
    // What was taken for its keys alone may not have been needed.
    for at in chosen.clone().into_iter().rev() {
        let without: Vec<usize> = chosen.iter().copied().filter(|other| *other != at).collect();
        if problem.rank(&without).is_some_and(|rank| Some(rank) < problem.rank(&chosen)) {
            chosen = without;
        }
    }
    chosen
}

/// What choices are compared by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    cost: Cost,
    singles: usize,
    count: usize,
    candidates: Vec<usize>,
}

// === impl Problem ===

impl Problem {
    fn rank(&self, chosen: &[usize]) -> Option<Rank> {
        let cost = self.rate(chosen)?.cost;
        let singles = chosen.iter().filter(|at| self.candidates[**at].single).count();
        let mut candidates = chosen.to_vec();
        candidates.sort_unstable();
        Some(Rank { cost, singles, count: chosen.len(), candidates })
    }

    /// What comes of calling `chosen` and the fixed candidates; `None` if one of `chosen` cannot be called.
    fn rate(&self, chosen: &[usize]) -> Option<Solution> {
        let order = self.order(chosen);
        if !chosen.iter().all(|at| order.contains(at)) {
            return None;
        }
        let calls = chosen.iter().map(|at| self.candidates[*at].calls).fold(0, u32::saturating_add);
        let mut cost = Cost { unanswered: 0, calls };
        let mut givers = Vec::with_capacity(self.wants.len());
        for (number, want) in self.wants.iter().enumerate() {
            let given = order.iter().filter_map(|at| Some((self.candidates[*at].gives.get(number).copied()??, *at)));
            let mut given = given.filter(|(below, _)| below.unanswered < want.otherwise.unanswered);
            // The first of equal ones, which also is the one that depends on the fewest others.
            let best = if want.is_key { given.next() } else { given.min_by_key(|(below, _)| *below) };
            cost = cost + best.map_or(want.otherwise, |(below, _)| below);
            givers.push(best.map(|(_, at)| at));
        }
        Some(Solution { order, givers, cost })
    }

    /// Those of `chosen` and of the fixed candidates that can be called, each as early as its keys are there.
    fn order(&self, chosen: &[usize]) -> Vec<usize> {
        let mut keys = self.keys.clone();
        let mut order = Vec::new();
        let mut waiting: Vec<usize> =
            (0..self.candidates.len()).filter(|at| self.candidates[*at].fixed || chosen.contains(at)).collect();
        loop {
            let is_ready = |at: &usize| self.candidates[*at].needs.iter().all(|key| keys.get(*key) == Some(&true));
            let Some(next) = waiting.iter().position(is_ready) else { return order };
            let next = waiting.remove(next);
            for key in &self.candidates[next].provides {
                keys[*key] = true;
            }
            order.push(next);
        }
    }

    fn keys_after(&self, order: &[usize]) -> Vec<bool> {
        let mut keys = self.keys.clone();
        order.iter().flat_map(|at| &self.candidates[*at].provides).for_each(|key| keys[*key] = true);
        keys
    }

    /// The least that can stay unanswered.
    fn floor(&self) -> u32 {
        let all: Vec<usize> = (0..self.candidates.len()).collect();
        let reachable = self.order(&all);
        let least = |(number, want): (usize, &Want)| {
            let given = reachable.iter().filter_map(|at| self.candidates[*at].gives.get(number).copied()?);
            given.map(|below| below.unanswered).fold(want.otherwise.unanswered, u32::min)
        };
        self.wants.iter().enumerate().map(least).fold(0, u32::saturating_add)
    }

    fn nothing(&self) -> Solution {
        let cost = self.wants.iter().fold(Cost::default(), |cost, want| cost + want.otherwise);
        Solution { order: Vec::new(), givers: vec![None; self.wants.len()], cost }
    }
}

// === impl Cost ===

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            unanswered: self.unanswered.saturating_add(other.unanswered),
            calls: self.calls.saturating_add(other.calls),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::*;

    /// Candidates one after another in every order in which their keys allow it: too simple to be wrong.
    fn least(problem: &Problem) -> Cost {
        let mut best: HashMap<BTreeSet<usize>, ()> = HashMap::from([(BTreeSet::new(), ())]);
        let mut pending: Vec<BTreeSet<usize>> = vec![BTreeSet::new()];
        while let Some(called) = pending.pop() {
            let has = |key: &usize| {
                problem.keys[*key] || called.iter().any(|at| problem.candidates[*at].provides.contains(key))
            };
            for (at, candidate) in problem.candidates.iter().enumerate() {
                let mut next: BTreeSet<usize> = called.clone();
                if candidate.needs.iter().all(has) && next.insert(at) && best.insert(next.clone(), ()).is_none() {
                    pending.push(next);
                }
            }
        }
        let cost = |called: &BTreeSet<usize>| {
            let own = called.iter().map(|at| problem.candidates[*at].calls).sum();
            let wants = problem.wants.iter().enumerate().map(|(number, want)| {
                let given = called.iter().filter_map(|at| problem.candidates[*at].gives[number]);
                given.filter(|below| below.unanswered < want.otherwise.unanswered).min().unwrap_or(want.otherwise)
            });
            wants.fold(Cost { unanswered: 0, calls: own }, Add::add)
        };
        best.keys().map(cost).min().unwrap_or_default()
    }

    fn problems() -> impl Strategy<Value = Problem> {
        let below = || {
            prop_oneof![3 => Just(None), 3 => Just(Some(Cost::default())), 1 => (0_u32..3, 0_u32..3)
            .prop_map(|(unanswered, calls)| Some(Cost { unanswered, calls }))]
        };
        (1_usize..6, 1_usize..4).prop_flat_map(move |(wants, keys)| {
            let candidate = (
                0_u32..3,
                any::<bool>(),
                prop::collection::vec(below(), wants),
                prop::collection::btree_set(0..keys, 0..=1),
                prop::collection::btree_set(0..keys, 0..=2),
            );
            let candidate = candidate.prop_map(|(calls, single, gives, needs, provides)| Candidate {
                fixed: false,
                calls,
                single,
                gives,
                needs: needs.into_iter().collect(),
                provides: provides.into_iter().collect(),
            });
            let want = (1_u32..4, 0_u32..2)
                .prop_map(|(unanswered, calls)| Want { otherwise: Cost { unanswered, calls }, is_key: false });
            (
                prop::collection::vec(want, wants),
                prop::collection::vec(candidate, 0..7),
                prop::collection::vec(prop::bool::weighted(0.4), keys),
            )
                .prop_map(|(wants, candidates, keys)| Problem { wants, candidates, keys })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn the_choice_costs_the_least(problem in problems()) {
            let solution = solve(&problem, &mut usize::MAX.clone());
            prop_assert_eq!(solution.cost, least(&problem));
        }

        #[test]
        fn without_work_left_nothing_that_can_be_had_stays_unanswered(problem in problems()) {
            let solution = solve(&problem, &mut 0);
            prop_assert_eq!(solution.cost.unanswered, least(&problem).unanswered);
        }
    }

    fn candidate(gives: &[usize], single: bool) -> Candidate {
        let gives = (0..4).map(|want| gives.contains(&want).then_some(Cost::default())).collect();
        Candidate { calls: 1, single, gives, ..Candidate::default() }
    }

    fn check(candidates: Vec<Candidate>, expected: &[usize]) {
        let otherwise = Cost { unanswered: 1, calls: 0 };
        let problem =
            Problem { wants: vec![Want { otherwise, is_key: false }; 4], candidates, keys: vec![true, false] };
        assert_eq!(solve(&problem, &mut 10_000).order, expected);
    }

    #[test]
    fn two_that_give_all_are_better_than_the_one_that_gives_most_and_two_more() {
        check(vec![candidate(&[0, 1], false), candidate(&[1, 2], false), candidate(&[2, 3], false)], &[0, 2]);
        check(vec![candidate(&[1, 2], false), candidate(&[0, 1], false), candidate(&[2, 3], false)], &[1, 2]);
    }

    #[test]
    fn equal_choices_are_settled_by_batches_and_then_by_order() {
        check(vec![candidate(&[0, 1, 2, 3], true), candidate(&[0, 1, 2, 3], false)], &[1]);
        check(vec![candidate(&[0, 1, 2, 3], false), candidate(&[0, 1, 2, 3], false)], &[0]);
    }

    #[test]
    fn one_that_gives_the_key_of_another_comes_first() {
        let last = Candidate { needs: vec![1], ..candidate(&[0, 1, 2, 3], false) };
        let bridge = Candidate { needs: vec![0], provides: vec![1], ..candidate(&[], true) };
        check(vec![last, bridge], &[1, 0]);
    }
}
