// The operations of examples/operations, which are the playground's tabs and README's walk-through: executed in order, as they stand,
// on a database in which nobody has done anything yet. Step 7 says what to change before it is run: the test changes just that.
import { readFile, readdir } from 'node:fs/promises';
import { getOperationAST, parse } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEndToEnd } from '../support/e2e-setup.ts';
import { postGraphql, subscribeTo } from '../support/graphql-client.ts';
import type { Statistics } from '../support/scenario.ts';

const folder = new URL('../../examples/operations/', import.meta.url);
const parts = useEndToEnd();
let steps: readonly string[];
beforeAll(async () => {
  const names = (await readdir(folder)).toSorted();
  steps = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
});

/** One operation of a step; its name only where the step has several. */
async function execute<Data = Record<string, unknown>>(document: string, operationName?: string): Promise<Data> {
  const { data, errors } = await postGraphql<Data>(parts.service.url, only(document, operationName));
  expect(errors).toBeUndefined();
  return data;
}

function watch<Data>(document: string, operationName?: string): ReturnType<typeof subscribeTo<Data>> {
  return subscribeTo<Data>(parts.service.url, only(document, operationName));
}

/** The playground sends the whole document with the chosen operation's name; the test's client sends only that operation. */
function only(document: string, operationName?: string): string {
  const { loc } = getOperationAST(parse(document), operationName) ?? {};
  if (loc === undefined) throw new Error(`no operation ${operationName ?? ''} in ${document}`);
  return document.slice(loc.start, loc.end);
}

interface Payload {
  readonly mailing: { readonly id: string; readonly status: string } | null;
  readonly userErrors: readonly unknown[];
}

describe('the walk-through', () => {
  test('does from its first tab to its last what the tabs say', async () => {
    const [
      createClients = '',
      lookAtClients = '',
      takeADryLook = '',
      createMailing = '',
      watchLive = '',
      messages = '',
      stopAndGo = '',
      totals = '',
      ...more
    ] = steps;
    expect(more).toEqual([]);

    expect(await execute(createClients)).toEqual({ importClients: { created: 10, updated: 0, failed: 0, rowErrors: [] } });
    expect(await execute(createClients)).toMatchObject({ importClients: { created: 0, failed: 0, rowErrors: [] } });

    const { clients } = await execute<{ clients: { totalCount: number; nodes: unknown[]; pageInfo: { hasNextPage: boolean } } }>(
      lookAtClients,
    );
    expect([clients.totalCount, clients.nodes.length, clients.pageInfo.hasNextPage]).toEqual([10, 5, true]);

    expect(await execute(takeADryLook)).toMatchObject({
      audience: { matching: 10, reachable: 10, optedOut: 0, outsideWindow: 0, sms: { encoding: 'GSM_7', segmentsPerMessage: 1 } },
    });

    const created = await execute<{ createMailing: Payload }>(createMailing);
    expect(created).toMatchObject({ createMailing: { mailing: { id: '1' }, userErrors: [] } });
    expect(await execute(createMailing)).toMatchObject({ createMailing: { mailing: { id: '1' } } });

    await using live = watch<{ mailingStatistics: Statistics }>(watchLive);
    const results = await live.completed(40_000);
    expect(results.at(-1)?.data.mailingStatistics).toMatchObject({
      mailingStatus: 'COMPLETED',
      total: 10,
      pending: 0,
      sent: 10,
      failed: 0,
    });

    const { mailing } = await execute<{ mailing: { status: string; messages: { totalCount: number; nodes: { status: string }[] } } }>(
      messages,
    );
    expect([mailing.status, mailing.messages.totalCount]).toEqual(['COMPLETED', 10]);
    expect(mailing.messages.nodes.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'SENT'));

    const another = createMailing.replace('"tour-1"', '"tour-2"');
    expect(await execute(another)).toMatchObject({ createMailing: { mailing: { id: '2' }, userErrors: [] } });
    const onTheOther = stopAndGo.replaceAll('"1"', '"2"');
    await using other = watch<{ mailingStatistics: Statistics }>(watchLive.replace('"1"', '"2"'));
    await other.until(({ mailingStatistics }) => mailingStatistics.mailingStatus === 'RUNNING');
    expect(await execute(onTheOther, 'Pause')).toEqual({ pauseMailing: { mailing: { status: 'PAUSED' }, userErrors: [] } });
    expect(await execute(onTheOther, 'Resume')).toEqual({ resumeMailing: { mailing: { status: 'RUNNING' }, userErrors: [] } });
    expect(await execute(onTheOther, 'Cancel')).toEqual({ cancelMailing: { mailing: { status: 'CANCELLED' }, userErrors: [] } });
    const { mailingStatistics: last } = (await other.completed()).at(-1)?.data ?? {};
    expect(last).toMatchObject({ mailingStatus: 'CANCELLED', total: 10, pending: 0 });

    const expected = {
      clients: 10,
      mailings: { total: 2, running: 0, completed: 1 },
      messages: { total: 20, pending: 0, sent: 10 + (last?.sent ?? 0), failed: 0 },
    };
    expect(await execute(totals, 'Totals')).toEqual({ statistics: expected });
    await using everything = watch<{ statistics: { clients: number } }>(totals, 'WatchTotals');
    expect((await everything.until(() => true)).statistics).toMatchObject({
      clients: 10,
      mailings: { running: 0 },
      messages: { pending: 0 },
    });
  });
});
