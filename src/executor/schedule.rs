//! When steps run: as soon as what they depend on is complete; mutations one root field after another.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{
    run::{Run, StepResult},
    step,
};
use crate::{
    graphql::OperationKind,
    planner::{Step, StepId},
};

/// How long after the calls' own deadline a run waits for them to say so, before it answers without them.
pub const GRACE: Duration = Duration::from_millis(50);

/// Runs all steps of the plan, or as many as there is time for. A step that was not complete in time has no result.
pub(super) async fn run_steps(run: &Run<'_>) {
    let bound = run.context.call.deadline + GRACE;
    let in_time = tokio::time::timeout_at(bound, async {
        match run.plan.kind {
            OperationKind::Mutation => mutation(run).await,
            OperationKind::Query | OperationKind::Subscription => all(run, |_| true).await,
        }
    });
    if in_time.await.is_err() {
        tracing::warn!("operation was answered before all of its steps were complete");
    }
}

/// Root fields in order, each with its whole selection. No further one starts once the client has left or time is over.
async fn mutation(run: &Run<'_>) {
    for root in 0..run.plan.roots.len() {
        let over = tokio::time::Instant::now() >= run.context.call.deadline;
        if over || run.context.abandoned.load(Ordering::Acquire) {
            return;
        }
        all(run, |step| step.root == root).await;
        run.memo.clear();
    }
}

/// Runs the selected steps: each starts when the last of its dependencies is complete.
async fn all(run: &Run<'_>, selected: impl Fn(&Step) -> bool) {
    let steps = &run.plan.steps;
    let mut open = vec![0_usize; steps.len()];
    let mut dependents: Vec<Vec<StepId>> = vec![Vec::new(); steps.len()];
    let mut running = FuturesUnordered::new();
    for step in steps.iter().filter(|step| selected(step)) {
        for dependency in step.depends_on.iter().filter(|dependency| run.result(**dependency).is_none()) {
            open[step.id.0 as usize] += 1;
            dependents[dependency.0 as usize].push(step.id);
        }
        if open[step.id.0 as usize] == 0 {
            running.push(start(run, step));
        }
    }
    while let Some((id, result)) = running.next().await {
        run.complete(id, result);
        for dependent in std::mem::take(&mut dependents[id.0 as usize]) {
            let open = &mut open[dependent.0 as usize];
            *open -= 1;
            if *open == 0 {
                running.push(start(run, run.step(dependent)));
            }
        }
    }
}

async fn start(run: &Run<'_>, step: &Step) -> (StepId, StepResult) {
    (step.id, step::run_step(run, step).await)
}
