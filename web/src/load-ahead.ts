// What the page may need later is loaded while nothing else is to be done: no network is needed to show it, and no script of this build that a
// newer console has taken the place of.

/** The first screen's numbers come first, also over a slow network. */
const FIRST_LOOK_MS = 5_000;

/** One after the other. `parts` never reject. */
export async function loadAhead(parts: readonly (() => Promise<void>)[]): Promise<void> {
  await wait(FIRST_LOOK_MS);
  for (const part of parts) {
    await idle();
    // What has failed once is not asked for again by every browser.
    if (navigator.onLine) await part();
  }
}

async function wait(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  await promise;
}

/** Safari does not say when it is. */
async function idle(): Promise<void> {
  if (!('requestIdleCallback' in window)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  requestIdleCallback(() => resolve());
  await promise;
}
