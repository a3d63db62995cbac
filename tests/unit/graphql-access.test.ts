import { getOperationAST, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { roles } from '../../src/domain/principal.ts';
import type { Role } from '../../src/domain/principal.ts';
import { accessFaultOf, fieldRoles } from '../../src/graphql/access.ts';
import { makeSchema } from '../../src/graphql/schema.ts';

const schema = makeSchema();
const rootTypes = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() };

function messageFor(role: Role, text: string): string | null {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('no operation');
  return accessFaultOf(document, operation, role)?.message ?? null;
}

describe('the table of roles', () => {
  test.each(['query', 'mutation', 'subscription'] as const)('names every %s field of the schema and no other', (operation) => {
    expect(Object.keys(fieldRoles[operation]).toSorted()).toEqual(Object.keys(rootTypes[operation]?.getFields() ?? {}).toSorted());
  });

  test('lets viewers read and subscribe, and change nothing', () => {
    expect(new Set(Object.values(fieldRoles.query))).toEqual(new Set(['viewer']));
    expect(new Set(Object.values(fieldRoles.subscription))).toEqual(new Set(['viewer']));
    expect(Object.values(fieldRoles.mutation)).not.toContain('viewer');
  });
});

describe('an operation', () => {
  test('is refused as a whole, naming every field that the role may not use', () => {
    expect(
      messageFor(
        'viewer',
        'mutation { a: pauseMailing(id: "1") { __typename } b: pauseMailing(id: "2") { __typename } cancelMailing(id: "1") { __typename } }',
      ),
    ).toBe("Not permitted: pauseMailing needs the role operator, cancelMailing needs the role operator; the token's role is viewer.");
  });

  test('cannot hide a field in fragments, in one another, under an alias, or behind @skip', () => {
    const hidden = [
      'mutation { ... { harmless: cancelMailing(id: "1") { __typename } } }',
      'mutation { ...A } fragment A on Mutation { ...B } fragment B on Mutation { ... on Mutation { cancelMailing(id: "1") { __typename } } }',
      'mutation { cancelMailing(id: "1") @skip(if: true) { __typename } }',
    ];
    for (const text of hidden) expect(messageFor('viewer', text)).toContain('cancelMailing needs the role operator');
    for (const text of hidden) expect(messageFor('operator', text)).toBeNull();
  });

  test('that only asks about the schema needs a viewer', () => {
    for (const text of ['{ __schema { types { name } } __typename }', 'mutation { __typename }'])
      expect(messageFor('viewer', text)).toBeNull();
  });

  test('on a field that the table does not know needs an admin', () => {
    for (const field of ['launchRockets', 'constructor', 'toString']) {
      expect(roles.filter((role) => messageFor(role, `mutation { ${field} }`) === null)).toEqual(['admin']);
    }
  });
});
