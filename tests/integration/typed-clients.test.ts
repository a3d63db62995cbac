// What the typed clients of examples/ do in the rare moments of a service: refused, completed early, a token that has run out.
import { describe, expect, test } from 'vitest';
import { startExampleClient } from '../support/example-client.ts';
import { startScriptedService } from '../support/scripted-service.ts';
import type { Step } from '../support/scripted-service.ts';

const halfWay = { mailingStatus: 'RUNNING', total: 2, pending: 1, sent: 1 };
const over = { mailingStatus: 'COMPLETED', total: 2, pending: 0, sent: 2 };
const cancelling = { mailingStatus: 'CANCELLED', total: 2, pending: 1, sent: 1 };
const toTheEnd: Step = { kind: 'states', states: [halfWay, over] };
const printed = {
  halfWay: 'RUNNING: 1 of 2 sent, 0 not sent, 1 pending',
  over: 'COMPLETED: 2 of 2 sent, 0 not sent, 0 pending',
  cancelling: 'CANCELLED: 1 of 2 sent, 0 not sent, 1 pending',
};

describe.each(['urql', 'apollo'])('the client with %s', (library) => {
  test.each([
    ['is refused because the service stops', { kind: 'refuse', errorCode: 'SERVICE_UNAVAILABLE' }, [printed.halfWay, printed.over]],
    ['is completed before its first state', { kind: 'states', states: [] }, [printed.halfWay, printed.over]],
    ['is completed before its last state', { kind: 'states', states: [halfWay] }, [printed.halfWay, printed.halfWay, printed.over]],
    [
      'is completed with messages left, though cancelled',
      { kind: 'states', states: [cancelling] },
      [printed.cancelling, printed.halfWay, printed.over],
    ],
    ['loses its connection because the token has expired', { kind: 'close', closeCode: 4403 }, [printed.halfWay, printed.over]],
    ['loses its connection because the service stops', { kind: 'close', closeCode: 1001 }, [printed.halfWay, printed.over]],
  ] satisfies [string, Step, string[]][])('subscribes again when it %s', async (_name, first, expected) => {
    await using service = await startScriptedService([first, toTheEnd]);
    await using example = startExampleClient(library, { url: service.url, mailingId: '1' });
    expect(await example.ended()).toBe(0);
    expect(example.lines()).toEqual(['watching "Scripted"', ...expected]);
  });

  test.each([
    ['there is no such mailing', { kind: 'refuse', errorCode: 'NOT_FOUND' }, 'scripted: NOT_FOUND'],
    ['its token is not accepted', { kind: 'close', closeCode: 4401 }, 'connection closed: 4401'],
  ] satisfies [string, Step, string][])('gives up when %s', async (_name, first, words) => {
    await using service = await startScriptedService([first, toTheEnd]);
    await using example = startExampleClient(library, { url: service.url, mailingId: '1' });
    expect(await example.ended()).toBe(1);
    expect(example.errors()).toContain(words);
    expect(example.lines()).toEqual(['watching "Scripted"']);
  });

  test('says who asks over HTTP and at every connection', async () => {
    await using service = await startScriptedService([{ kind: 'close', closeCode: 4403 }, toTheEnd]);
    await using example = startExampleClient(library, { url: service.url, mailingId: '1', token: 'abc' });
    expect(await example.ended()).toBe(0);
    expect([service.overHttp, service.overWebSocket]).toEqual([['Bearer abc'], ['Bearer abc', 'Bearer abc']]);
  });

  test('says nothing about who asks when there is no token', async () => {
    await using service = await startScriptedService([toTheEnd]);
    await using example = startExampleClient(library, { url: service.url, mailingId: '1' });
    expect(await example.ended()).toBe(0);
    expect([service.overHttp, service.overWebSocket]).toEqual([[undefined], [undefined]]);
  });
});
