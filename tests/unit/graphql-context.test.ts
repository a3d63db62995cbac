// What an operation's context makes, and when: with Apollo as it is, which copies contexts.
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { anyone } from '../../src/domain/principal.ts';
import { makeContextFactory } from '../../src/graphql/context.ts';
import type { GraphqlParts } from '../../src/graphql/context.ts';
import type { Operations } from '../../src/graphql/operations.ts';
import { makeSchema } from '../../src/graphql/schema.ts';
import { makeGraphqlServer } from '../../src/graphql/server.ts';

test('operations are made for those who change something, once for each request', async () => {
  const log = pino({ level: 'silent' });
  const deleteClient: Operations['deleteClient'] = async (id) => ({ ok: true, value: { deletedId: id } });
  const operationsFor = vi.fn<GraphqlParts['operationsFor']>(() => ({ deleteClient }) as unknown as Operations);
  const unused = {} as never;
  const makeContext = makeContextFactory({ log, operationsFor, database: unused, providerRate: null, live: unused, rates: unused });
  const apollo = makeGraphqlServer({ schema: makeSchema(), introspection: true, log });
  await apollo.start();
  const run = async (query: string): Promise<unknown> => {
    const { body } = await apollo.executeOperation({ query }, { contextValue: makeContext('r1', anyone) });
    return body.kind === 'single' ? body.singleResult.data : body.kind;
  };
  try {
    expect(await run('{ me { role } }')).toEqual({ me: { role: anyone.role.toUpperCase() } });
    expect(operationsFor).not.toHaveBeenCalled();
    expect(await run('mutation { a: deleteClient(id: "1") { deletedId } b: deleteClient(id: "2") { deletedId } }')).toEqual({
      a: { deletedId: '1' },
      b: { deletedId: '2' },
    });
    expect(operationsFor).toHaveBeenCalledOnce();
  } finally {
    await apollo.stop();
  }
});
