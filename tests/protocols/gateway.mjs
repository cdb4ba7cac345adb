// The gateway and the service behind it: `tests/it/protocols.rs` starts both and says where they are.

/** Where the client asks. */
export const url = process.env.ANABRANCH_URL;

/** The state that the service's order has from now on. */
export async function state(name) {
  await (await fetch(`${process.env.SERVICE_URL}/state/${name}`)).text();
}

/** Waits until no operation is streamed any more. */
export async function idle() {
  const busy = /^anabranch_streamed_operations\{.*\} [1-9]/m;
  while (busy.test(await (await fetch(`${process.env.ADMIN_URL}/metrics`)).text()));
}
