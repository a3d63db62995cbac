// Which role each field of the API needs: the one table for both transports, and the rule that reads it. A test holds it against the
// schema; docs/security.md prints it. A field that is not listed is for admins alone.
import { GraphQLError, Kind } from 'graphql';
import type { DocumentNode, FieldNode, OperationDefinitionNode, OperationTypeNode, SelectionSetNode } from 'graphql';
import { isAtLeast, roles } from '../domain/principal.ts';
import type { Role } from '../domain/principal.ts';

/** Viewers read and subscribe, operators also change clients and mailings. */
export const fieldRoles: Readonly<Record<OperationTypeNode, Readonly<Record<string, Role>>>> = {
  query: {
    audience: 'viewer',
    client: 'viewer',
    clients: 'viewer',
    mailing: 'viewer',
    mailings: 'viewer',
    me: 'viewer',
    message: 'viewer',
    messages: 'viewer',
    provider: 'viewer',
    sendingHistory: 'viewer',
    statistics: 'viewer',
  },
  mutation: {
    createClient: 'operator',
    updateClient: 'operator',
    deleteClient: 'operator',
    importClients: 'operator',
    createMailing: 'operator',
    updateMailing: 'operator',
    deleteMailing: 'operator',
    pauseMailing: 'operator',
    resumeMailing: 'operator',
    cancelMailing: 'operator',
    retryMessages: 'operator',
  },
  subscription: {
    client: 'viewer',
    clients: 'viewer',
    mailing: 'viewer',
    mailings: 'viewer',
    mailingStatistics: 'viewer',
    provider: 'viewer',
    statistics: 'viewer',
  },
};

/** The table as Markdown, between the marks in docs/security.md. */
export function printRoleTable(): string {
  const head = `| field | ${roles.join(' | ')} |\n|---|${roles.map(() => '---|').join('')}`;
  const rows = Object.entries(fieldRoles).flatMap(([operation, rules]) =>
    Object.entries(rules).map(([field, needed]) => {
      const marks = roles.map((role) => (isAtLeast(role, needed) ? 'yes' : '–'));
      return `| ${operation} \`${field}\` | ${marks.join(' | ')} |`;
    }),
  );
  return [head, ...rows].join('\n');
}

/** Why the role may not have the operation; null when it may. */
export type AccessFaultOf = (document: DocumentNode, operation: OperationDefinitionNode, role: Role) => GraphQLError | null;

/**
 * FORBIDDEN, naming every root field that the role may not use; null when there is none. The document is valid. Fields that @skip or
 * @include would leave out count too: the whole operation is refused before any of it runs.
 */
export const accessFaultOf: AccessFaultOf = (document, operation, role) => {
  const fields = rootFieldsOf(document, operation.selectionSet, new Set());
  const forbidden = fields.filter(({ name }) => !isAtLeast(role, roleFor(operation.operation, name.value)));
  const [field] = forbidden;
  if (field === undefined) return null;
  const names = [...new Set(forbidden.map(({ name }) => name.value))];
  const needed = names.map((name) => `${name} needs the role ${roleFor(operation.operation, name)}`).join(', ');
  return new GraphQLError(`Not permitted: ${needed}; the token's role is ${role}.`, {
    nodes: forbidden,
    extensions: { code: 'FORBIDDEN' },
  });
};

/** Introspection (__schema, __type, __typename) is a reading like others; whether it is offered at all is a limit's business. */
function roleFor(operation: OperationTypeNode, field: string): Role {
  if (field.startsWith('__')) return 'viewer';
  const rules = fieldRoles[operation];
  return (Object.hasOwn(rules, field) ? rules[field] : undefined) ?? 'admin';
}

/** `seen`: fragments that were entered already. */
function rootFieldsOf(document: DocumentNode, set: SelectionSetNode, seen: Set<string>): FieldNode[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFieldsOf(document, selection.selectionSet, seen);
    const name = selection.name.value;
    if (seen.has(name)) return [];
    seen.add(name);
    const fragment = document.definitions.find((node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name);
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? rootFieldsOf(document, fragment.selectionSet, seen) : [];
  });
}
