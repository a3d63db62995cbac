import { expect, it } from 'vitest';
import { makeHttpProvider } from '../../src/provider/http-provider.ts';
import { makeTokenSource } from '../../src/provider/token-source.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import { accept, answer } from '../support/stub-behaviours.ts';
import { describeProvider } from './provider-suite.ts';

describeProvider('the stub provider', async (token) => {
  const stub = await startStubProvider({
    script: ({ headers }) => (headers.authorization === `Bearer ${token}` ? accept() : answer(401)),
  });
  return {
    url: stub.url,
    accepted: () =>
      Promise.resolve(stub.accepted().map(({ msgId, body }) => ({ msgId, phone: body?.phone ?? '', text: body?.text ?? '' }))),
    close: () => stub.close(),
  };
});

it('a request goes out exactly as the contract has it', async () => {
  const stub = await startStubProvider();
  const provider = makeHttpProvider({ url: `${stub.url}/`, token: makeTokenSource({}), connections: 1 });
  await provider.send({ messageId: '9007199254740993', phone: '79161234567', textJson: '"Hello"', timeoutMs: 20_000 });
  await provider.close();
  await stub.close();
  expect(stub.ledger).toMatchObject([
    {
      method: 'POST',
      path: '/v1/send/9007199254740993',
      rawBody: '{"id":9007199254740993,"phone":79161234567,"text":"Hello"}',
      headers: { 'content-type': 'application/json' },
    },
  ]);
  expect(stub.ledger[0]?.headers.authorization).toBeUndefined();
});
