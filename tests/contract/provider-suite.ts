// What the provider's contract says, asked of any server that claims to keep it, by the real client and by plain requests.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Provider } from '../../src/domain/send-outcome.ts';
import { makeHttpProvider } from '../../src/provider/http-provider.ts';
import { makeTokenSource } from '../../src/provider/token-source.ts';

export interface ProviderUnderTest {
  readonly url: string;
  /** What was accepted, in order, digits and text exactly as they came. */
  accepted(): Promise<readonly { readonly msgId: string; readonly phone: string; readonly text: string }[]>;
  close(): Promise<void>;
}

const token = 'suite-token';

/** `start` gives a server that insists on the bearer token `token` and accepts everything else that keeps the contract. */
export function describeProvider(name: string, start: (token: string) => Promise<ProviderUnderTest>): void {
  describe(`${name} and the contract`, () => {
    let server: ProviderUnderTest;
    let provider: Provider;

    beforeEach(async () => {
      server = await start(token);
      provider = makeHttpProvider({ url: server.url, token: makeTokenSource({ token }), connections: 8 });
    });

    afterEach(async () => {
      await provider.close();
      await server.close();
    });

    const send = (messageId: string, text = 'Hello', phone = '79161234567') =>
      provider.send({ messageId, phone, textJson: JSON.stringify(text), timeoutMs: 10_000 });

    it('accepts a message with its id, phone and text', async () => {
      expect(await send('42', 'Hello', '79031234567')).toEqual({ kind: 'accepted' });
      expect(await server.accepted()).toEqual([{ msgId: '42', phone: '79031234567', text: 'Hello' }]);
    });

    it.each(['1', '9007199254740993', '9223372036854775807'])('gets the id %s without losing a digit', async (id) => {
      expect(await send(id)).toEqual({ kind: 'accepted' });
      expect((await server.accepted()).map(({ msgId }) => msgId)).toEqual([id]);
    });

    it.each([
      ['quotes and backslashes', '"\\" \\u0041 </script>'],
      ['line breaks and tabs', 'one\r\ntwo\tthree\u2028four'],
      ['several scripts', 'Привет, שלום, مرحبا, 你好'],
      ['emoji', '👩‍👩‍👧 🎉'],
      ['1,000 characters of four bytes', '𝄞'.repeat(1000)],
    ])('gets %s as they are', async (_what, text) => {
      expect(await send('7', text)).toEqual({ kind: 'accepted' });
      expect((await server.accepted()).map((message) => message.text)).toEqual([text]);
    });

    it('takes the same id again, as idempotency is not promised', async () => {
      expect(await send('5')).toEqual({ kind: 'accepted' });
      expect(await send('5')).toEqual({ kind: 'accepted' });
      expect((await server.accepted()).map(({ msgId }) => msgId)).toEqual(['5', '5']);
    });

    it('takes many messages at a time, each once', async () => {
      const ids = Array.from({ length: 500 }, (_, index) => String(index + 1));
      const outcomes = await Promise.all(ids.map((id) => send(id)));
      expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
      expect((await server.accepted()).map(({ msgId }) => msgId).toSorted()).toEqual(ids.toSorted());
    });

    it.each([['a wrong token', 'other-token'] as const, ['no token', undefined] as const])(
      'refuses %s, accepting nothing',
      async (_what, wrong) => {
        const stranger = makeHttpProvider({ url: server.url, token: makeTokenSource({ token: wrong }), connections: 1 });
        try {
          expect(await stranger.send({ messageId: '1', phone: '79161234567', textJson: '"x"', timeoutMs: 10_000 })).toMatchObject({
            kind: 'token-refused',
            code: 'HTTP_401',
            httpStatus: 401,
          });
        } finally {
          await stranger.close();
        }
        expect(await server.accepted()).toEqual([]);
      },
    );

    it('answers an acceptance with JSON of code 0', async () => {
      const response = await post(server, '/send/1', '{"id":1,"phone":79161234567,"text":"x"}');
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toEqual({ code: 0, message: 'OK' });
    });

    it.each([
      ['a phone as a string', '/send/1', '{"id":1,"phone":"79161234567","text":"x"}'],
      ['a phone in exponent notation', '/send/1', '{"id":1,"phone":7.9161234567e10,"text":"x"}'],
      ['a phone that does not begin with 7', '/send/1', '{"id":1,"phone":89161234567,"text":"x"}'],
      ['a phone of 12 digits', '/send/1', '{"id":1,"phone":791612345678,"text":"x"}'],
      ['no phone', '/send/1', '{"id":1,"text":"x"}'],
      ['an id as a string', '/send/1', '{"id":"1","phone":79161234567,"text":"x"}'],
      ['another id than in the path', '/send/1', '{"id":2,"phone":79161234567,"text":"x"}'],
      ['an id that differs beyond 2^53 only', '/send/9007199254740993', '{"id":9007199254740992,"phone":79161234567,"text":"x"}'],
      ['the right id in a nested object only', '/send/1', '{"id":"1","x":{"id":1},"phone":79161234567,"text":"x"}'],
      ['no id', '/send/1', '{"phone":79161234567,"text":"x"}'],
      ['an empty text', '/send/1', '{"id":1,"phone":79161234567,"text":""}'],
      ['a text that is a number', '/send/1', '{"id":1,"phone":79161234567,"text":1}'],
      ['no text', '/send/1', '{"id":1,"phone":79161234567}'],
      ['broken JSON', '/send/1', '{"id":1,"phone":79161234567,"text":"x"'],
      ['an array', '/send/1', '[1]'],
      ['null', '/send/1', 'null'],
      ['nothing', '/send/1', ''],
      ['a path without an id', '/send/', '{"id":1,"phone":79161234567,"text":"x"}'],
      ['a path with a word for an id', '/send/one', '{"id":1,"phone":79161234567,"text":"x"}'],
      ['an id above 64 bits', '/send/9223372036854775808', '{"id":9223372036854775808,"phone":79161234567,"text":"x"}'],
      ['a body above 64 KiB', '/send/1', `{"id":1,"phone":79161234567,"text":"${'x'.repeat(64 * 1024)}"}`],
    ])('refuses %s for good', async (_what, path, body) => {
      const response = await post(server, path, body);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(response.status).not.toBe(401);
      expect(await response.text()).not.toBe('');
      expect(await server.accepted()).toEqual([]);
    });

    it('refuses a body that is not declared as JSON', async () => {
      const response = await post(server, '/send/1', '{"id":1,"phone":79161234567,"text":"x"}', 'text/plain');
      expect(response.status).toBe(400);
    });
  });
}

function post(server: ProviderUnderTest, path: string, body: string, contentType = 'application/json'): Promise<Response> {
  return fetch(server.url + path, { method: 'POST', body, headers: { 'content-type': contentType, authorization: `Bearer ${token}` } });
}
