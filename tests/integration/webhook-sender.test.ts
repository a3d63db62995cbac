// One webhook over real HTTP: its signature, and receivers that refuse, redirect, hang or are not there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import type { WebhookEvent } from '../../src/domain/webhook.ts';
import { makeWebhookSender } from '../../src/webhooks/webhook-sender.ts';
import { eventually } from '../support/eventually.ts';
import { project, usePlantedProjects } from '../support/planted-project.ts';
import { startWebhookReceiver, verify, webhookSecret } from '../support/webhook-receiver.ts';

const event: WebhookEvent = { id: 'msg_1', type: 'mailing.started', at: Date.parse('2026-11-20T09:00:00Z'), data: { mailingId: '7' } };
const plant = usePlantedProjects([]);
const next = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;

describe('a webhook', () => {
  test('is what its receiver can verify, and little more than what has happened to what', async () => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret] });
    const now = Date.now();
    expect(await sender.post(event, now)).toEqual({ kind: 'delivered' });
    const [webhook] = receiver.received;
    if (webhook === undefined) throw new Error('nothing came');
    expect(verify(webhook)).toEqual({ type: 'mailing.started', timestamp: '2026-11-20T09:00:00.000Z', data: { mailingId: '7' } });
    expect(webhook).toMatchObject({ id: 'msg_1', timestamp: Math.floor(now / 1_000) });
    expect(webhook.headers['content-type']).toBe('application/json');
    expect(() => verify({ ...webhook, body: webhook.body.replace('7', '8') })).toThrow('No matching signature');
    expect(() => verify({ ...webhook, headers: { ...webhook.headers, 'webhook-id': 'msg_2' } })).toThrow('No matching signature');
    expect(() => verify(webhook, next)).toThrow('No matching signature');
  });

  test('is signed with every secret, so that a receiver can go from one to the next', async () => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret, next] });
    await sender.post(event, Date.now());
    for (const webhook of receiver.received) expect([verify(webhook), verify(webhook, next)]).toHaveLength(2);
    expect(receiver.received).toHaveLength(1);
  });

  test('is the same at every attempt, but for when it is sent', async () => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret] });
    const now = Date.now();
    await sender.post(event, now - 60_000);
    await sender.post(event, now);
    const [first, second] = receiver.received;
    expect([second?.id, second?.body]).toEqual([first?.id, first?.body]);
    expect((second?.timestamp ?? 0) - (first?.timestamp ?? 0)).toBe(60);
    for (const webhook of receiver.received) verify(webhook);
  });
});

describe('a receiver', () => {
  test.each([
    [200, { kind: 'delivered' }],
    [299, { kind: 'delivered' }],
    [400, { kind: 'failed', reason: 'the receiver answered 400', retryAfterMs: null }],
    [410, { kind: 'gone' }],
    [500, { kind: 'failed', reason: 'the receiver answered 500', retryAfterMs: null }],
  ])('that answers %d: %j', async (status, outcome) => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret] });
    receiver.answer(() => status);
    expect(await sender.post(event, Date.now())).toEqual(outcome);
  });

  test('that asks to wait is heard', async () => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret] });
    receiver.answer(() => (response) => void response.writeHead(429, { 'retry-after': '90' }).end());
    expect(await sender.post(event, Date.now())).toEqual({ kind: 'failed', reason: 'the receiver answered 429', retryAfterMs: 90_000 });
  });

  test.each([301, 302, 307, 308])('that redirects (%d) is not followed', async (status) => {
    await using elsewhere = await startWebhookReceiver();
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret] });
    receiver.answer(() => (response) => void response.writeHead(status, { location: elsewhere.url }).end());
    expect(await sender.post(event, Date.now())).toEqual({
      kind: 'failed',
      reason: `the receiver answered ${status}, a redirect, which is never followed`,
      retryAfterMs: null,
    });
    expect([receiver.received.length, elsewhere.received.length]).toEqual([1, 0]);
  });

  test('that does not answer is left after its time', async () => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret], timeoutMs: 200 });
    receiver.answer(() => () => undefined);
    expect(await sender.post(event, Date.now())).toEqual({ kind: 'failed', reason: 'no answer within 0.2 s', retryAfterMs: null });
  });

  test('that says yes and then never ends has said yes', async () => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret], timeoutMs: 5_000 });
    receiver.answer(() => (response) => void response.writeHead(200).write('…'));
    expect(await sender.post(event, Date.now())).toEqual({ kind: 'delivered' });
  });

  test('that says more than anybody wants to know is not listened to', async () => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret] });
    receiver.answer(() => (response) => void response.writeHead(200).end(Buffer.alloc(10_000_000)));
    expect(await sender.post(event, Date.now())).toEqual({ kind: 'delivered' });
  });

  test('that is not there is told by the code of the fault alone', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await using sender = makeWebhookSender({ url: `http://127.0.0.1:${port}/?token=hidden`, secrets: [webhookSecret] });
    expect(await sender.post(event, Date.now())).toEqual({ kind: 'failed', reason: 'no connection: ECONNREFUSED', retryAfterMs: null });
  });

  test('is waited for no longer than the process may run', async () => {
    await using receiver = await startWebhookReceiver();
    await using sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret] });
    const stop = new AbortController();
    receiver.answer(() => () => stop.abort());
    expect(await sender.post(event, Date.now(), stop.signal)).toMatchObject({ kind: 'failed' });
  });
});

test('what docs/webhooks.md gives as a receiver takes a webhook of ours, once, and no other', async () => {
  const page = await readFile(join(project, 'docs/webhooks.md'), 'utf8');
  const folder = await plant({ 'receive.mjs': /^```js\n([^]*?)^```$/m.exec(page)?.[1] ?? '' });
  const child = spawn(process.execPath, ['receive.mjs'], { cwd: folder, env: { WEBHOOK_SECRET: webhookSecret, PORT: '0' } });
  try {
    const [port] = (await once(createInterface({ input: child.stderr }), 'line')) as [string];
    const printed: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => printed.push(line));
    const url = `http://127.0.0.1:${port}/`;
    await using sender = makeWebhookSender({ url, secrets: [next, webhookSecret] });
    await using stranger = makeWebhookSender({ url, secrets: [next] });
    expect(await stranger.post(event, Date.now())).toMatchObject({ reason: 'the receiver answered 400' });
    expect(await sender.post(event, Date.now() - 6 * 60_000)).toMatchObject({ reason: 'the receiver answered 400' });
    expect([await sender.post(event, Date.now()), await sender.post(event, Date.now())]).toEqual([
      { kind: 'delivered' },
      { kind: 'delivered' },
    ]);
    await sender.post({ ...event, id: 'msg_2', type: 'mailing.completed' }, Date.now());
    await eventually(() => printed.length === 2);
    expect(printed).toEqual(["mailing.started { mailingId: '7' }", "mailing.completed { mailingId: '7' }"]);
  } finally {
    child.kill();
  }
});
