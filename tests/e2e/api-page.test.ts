// docs/api.md as somebody follows it who has done the walk-through: each of its operations is executed in order, as it stands.
import { readFile } from 'node:fs/promises';
import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { blocksOf } from '../support/documented.ts';
import { useEndToEnd } from '../support/e2e-setup.ts';
import { postGraphql, subscribeTo } from '../support/graphql-client.ts';

const parts = useEndToEnd();
const blocks = blocksOf('docs/api.md');
const documents = blocks.filter(({ language }) => language === 'graphql').map(({ text }) => text);

type Answers = Readonly<Record<string, { readonly userErrors?: readonly unknown[] } | null>>;

/** What an operation answers with. A subscription: its first result. */
async function execute(document: string): Promise<Answers> {
  if (typeOf(document) === 'subscription') {
    await using live = subscribeTo<Answers>(parts.service.url, document);
    return await live.until(() => true);
  }
  const { data, errors } = await postGraphql<Answers>(parts.service.url, document);
  expect({ document, errors }).toEqual({ document, errors: undefined });
  return data;
}

const typeOf = (document: string): string | undefined => getOperationAST(parse(document))?.operation;

test('every operation of the API by example does what is said there', async () => {
  for (const tab of ['1-create-clients.graphql', '4-create-mailing.graphql'])
    await execute(await readFile(new URL(`../../examples/operations/${tab}`, import.meta.url), 'utf8'));

  expect(new Set(documents.map(typeOf))).toEqual(new Set(['query', 'mutation', 'subscription']));
  const [wrong = '', ...others] = documents;
  const printed = blocks.find(({ language }) => language === 'json')?.text ?? '';
  expect({ data: await execute(wrong) }).toEqual(JSON.parse(printed));
  for (const document of others)
    for (const answer of Object.values(await execute(document)))
      expect({ document, answer, userErrors: answer?.userErrors ?? [] }).toEqual({ document, answer: expect.anything(), userErrors: [] });
});
