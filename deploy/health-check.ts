// Asks this container's own service whether it can serve; the exit code is the answer. For Docker: Kubernetes asks over HTTP itself.
const { ROLE = 'all', PORT, METRICS_PORT } = process.env;
const ANSWER_WITHIN_MS = 4_000;

/** An api answers on its one port, a worker on the port of its metrics when it has one; null: nothing listens. Empty counts as unset. */
const port = ROLE === 'worker' || ROLE === 'migrate' ? METRICS_PORT || null : PORT || '4000';

if (port === null) {
  process.stdout.write(`ROLE=${ROLE} listens on no port: as long as it runs, it is as healthy as can be told from here\n`);
} else {
  process.exitCode = (await isReady(`http://127.0.0.1:${port}/readyz`)) ? 0 : 1;
}

/** What docker inspect shows of a container that is not healthy is what is written here. */
async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    process.stdout.write(`${answer.status} ${await answer.text()}\n`);
    return answer.ok;
  } catch (error) {
    process.stdout.write(`${url} does not answer: ${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}
