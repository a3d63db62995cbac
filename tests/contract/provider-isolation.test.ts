// Sending from a process of its own: the same outcomes as from this one, and an end of that process that is seen and survived.
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { IsolatedSender, Isolation, ProcessEnded, SendResult } from '../../src/domain/send-outcome.ts';
import { toFailpoints } from '../../src/failpoints.ts';
import { makeHttpProvider } from '../../src/provider/http-provider.ts';
import { makeIsolation } from '../../src/provider/isolation.ts';
import { makeTokenSource } from '../../src/provider/token-source.ts';
import { accept, answer } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';

const log = pino({ level: 'silent' });
let stub: StubProvider;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  stub = await startStubProvider();
  stack.defer(async () => stub.close());
});
afterEach(async () => stack.disposeAsync());

function isolate(failpoints = ''): Isolation {
  const token = makeTokenSource({ token: 'secret' });
  const fallback = makeHttpProvider({ url: stub.url, token, connections: 1 });
  stack.defer(async () => fallback.close());
  return stack.use(makeIsolation({ url: stub.url, token, connections: 4, failpoints: toFailpoints(failpoints) ?? [], fallback, log }));
}

async function send(sender: IsolatedSender, messageId: string, phone = '79000000001'): Promise<SendResult | ProcessEnded> {
  return sender.send({ messageId, phone, textJson: '"Hello"', timeoutMs: 60_000 });
}

test('gives the outcomes of this process, with its token, several at a time', async () => {
  stub.behave(({ msgId }) => (msgId === '3' ? answer(400, { body: 'no' }) : accept({ delayMs: 50 })));
  const sender = await isolate().acquire();
  const outcomes = await Promise.all(['1', '2', '3', '4'].map(async (id) => send(sender, id)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'refused', 'accepted']);
  expect(new Set(stub.ledger.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer secret']));
  expect(stub.connections().opened).toBeGreaterThan(1);
});

test('a process that ends takes the messages in its hand with it and no others', async () => {
  const isolation = isolate('before-post@79000000007:kill');
  const [one, other] = await Promise.all([isolation.acquire(), isolation.acquire()]);
  stub.holdAll();
  const inHand = ['1', '2'].map(async (id) => send(one, id));
  const elsewhere = send(other, '3');
  await stub.waitForRequests(3);
  expect(await send(one, '4', '79000000007')).toEqual({ kind: 'process-ended', how: 'SIGKILL' });
  for (const result of inHand) expect(await result).toEqual({ kind: 'process-ended', how: 'SIGKILL' });
  expect(one.isEnded()).toBe(true);
  expect(await send(one, '5')).toMatchObject({ kind: 'process-ended' });
  stub.release();
  expect(await elsewhere).toEqual({ kind: 'accepted' });
  expect(stub.ledger.map(({ msgId }) => msgId).toSorted()).toEqual(['1', '2', '3']);
});

test('a process is used again by the next one who asks', async () => {
  const isolation = isolate();
  for (const id of ['1', '2', '3']) {
    const sender = await isolation.acquire();
    expect(await send(sender, id)).toEqual({ kind: 'accepted' });
    sender.release();
  }
  expect(stub.connections().opened).toBe(1);
});

test('a process that hangs beyond the time of its request is ended', async () => {
  const sender = await isolate('before-post@79000000007:stop').acquire();
  const request = { messageId: '1', phone: '79000000007', textJson: '"Hello"', timeoutMs: 100 };
  expect(await sender.send(request)).toEqual({ kind: 'process-ended', how: 'SIGKILL' });
});
