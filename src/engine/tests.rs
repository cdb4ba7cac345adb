//! What must hold of executions whatever they answer.

use super::*;

fn is_send<T: Send>(_: &T) -> bool {
    true
}

/// Never called: it compiles only if executions can move between the runtime's threads.
#[expect(dead_code, reason = "the check is that it compiles")]
fn executions_can_move_between_threads(
    engine: &Engine,
    view: &View,
    request: GraphqlRequest<'_>,
    context: RequestContext,
) -> bool {
    is_send(&engine.execute(view, request, context))
}
