// Random documents and variables against the real service: whatever comes, it is an answer, never a fault, and nothing of the inside.
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { buildSchema } from 'graphql';
import type { OperationTypeNode } from 'graphql';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { internals, startAttackedService } from '../support/attack.ts';
import type { Answer, AttackedService } from '../support/attack.ts';
import { damage, drawRequest } from '../support/random-documents.ts';
import type { Draw } from '../support/random-documents.ts';

const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
/** FUZZ_RUNS=10000 for a night. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 150);
/** The failing request is in the message; making it smaller would take thousands of further ones. */
const parameters = { numRuns, endOnFailure: true };

let api: AttackedService;
beforeAll(async () => {
  api = await startAttackedService();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});
afterEach(async () => {
  expect(api.faults()).toEqual([]);
  expect((await api.http({ query: '{ __typename }' })).status).toBe(200);
});

const faultCodes = ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE', 'undefined'];

/** What the caller sent may come back in a message, so only what the service says of itself is searched. */
function expectAnAnswer({ status, text, codes, data }: Answer, sent: string): void {
  const isAnswer = [200, 400, 405, 'next', 'error'].includes(status);
  const isFault = codes.some((code) => faultCodes.includes(code));
  if (!isAnswer || isFault) throw new Error(`${status} ${text} to ${sent}`);
  if (codes.length === 0 && status !== 'closed') expect(data).toBeDefined();
  if (!internals.test(sent)) expect(text).not.toMatch(internals);
}

const draws = fc.gen().map(
  (gen): Draw =>
    (arbitrary) =>
      gen(() => arbitrary),
);

const everything: OperationTypeNode[] = (['query', 'mutation', 'subscription'] as const).map((operation) => operation as OperationTypeNode);

test('documents made from the schema, with whatever values, are answered on both transports', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(draws, async (draw) => {
      const request = drawRequest(draw, schema, everything);
      const sent = JSON.stringify(request);
      expectAnAnswer(await api.http(request), sent);
      expectAnAnswer(await api.socket(request), sent);
    }),
    parameters,
  );
});

test('damaged documents are answered on both transports', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(draws, async (draw) => {
      const { query, variables } = drawRequest(draw, schema, everything);
      const request = { query: damage(draw, query), variables };
      const sent = JSON.stringify(request);
      expectAnAnswer(await api.http(request), sent);
      expectAnAnswer(await api.socket(request), sent);
    }),
    parameters,
  );
});

test('damaged bodies are answered', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(draws, async (draw) => {
      const body = damage(draw, JSON.stringify(drawRequest(draw, schema, everything)));
      expectAnAnswer(await api.http(body), body);
    }),
    parameters,
  );
});
