// A process that sends for its parent, and ends with it. What a message does to this process it does to nobody else.
import { armFailpoints, failpoint } from '../failpoints.ts';
import type { Failpoint } from '../failpoints.ts';
import type { SendRequest, SendResult } from '../domain/send-outcome.ts';
import { makeHttpProvider } from './http-provider.ts';

/** What the parent says: a request and the token to send it with. */
export interface IsolatedRequest extends SendRequest {
  readonly token: string | undefined;
}

/** What this process says: that it can be asked, then one outcome per request. */
export type IsolatedAnswer = 'ready' | { readonly messageId: string; readonly outcome: SendResult };

const [url = '', connections = '1', failpoints = '[]'] = process.argv.slice(2);
armFailpoints(JSON.parse(failpoints) as readonly Failpoint[]);

let token: string | undefined;
let generation = 0;
const provider = makeHttpProvider({ url, connections: Number(connections), token: { current: () => token, generation: () => generation } });

process.on('message', (request: IsolatedRequest) => {
  if (request.token !== token) generation += 1;
  token = request.token;
  void answer(request);
});
process.on('disconnect', () => process.exit());
// Ctrl-C in a terminal reaches the whole group: the parent decides when this process ends.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
tell('ready');

async function answer(request: SendRequest): Promise<void> {
  failpoint('before-post', request.phone);
  const outcome = await provider.send(request);
  failpoint('after-post', request.phone);
  tell({ messageId: request.messageId, outcome });
}

function tell(message: IsolatedAnswer): void {
  process.send?.(message);
}
