use super::*;

fn assert_send<T: Send>(_: &T) {}

/// Compiles only if executions can move between the runtime's threads.
fn _executions_are_send(engine: &Engine, view: &View, request: GraphqlRequest, context: RequestContext) {
    assert_send(&engine.execute(view, request, context));
}
