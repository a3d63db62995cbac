// Cursor pagination for every list: the types of a connection, the arguments of a page, and the way from one to the other.
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import type { ClassType } from 'type-graphql';
import type { Page, PageRequest, Position } from '../database/keyset.ts';
import { emptyPage, pageSizeLimit, toCursor, toPosition } from '../database/keyset.ts';
import { badArgument } from './errors.ts';
import { SafeIntScalar } from './scalars.ts';

@ObjectType({ description: 'Where a page lies in its list.', simpleResolvers: true })
class PageInfo {
  @Field(() => Boolean, { description: 'Whether entries follow after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether entries lie before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first entry; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last entry: `after` for the next page. null on an empty page.' })
  endCursor!: string | null;
}

/** A page as its types serve it: what is not asked for is not read, the page itself included. */
export interface Connection<Node> {
  readonly edges: () => Promise<readonly { readonly cursor: string; readonly node: Node }[]>;
  readonly nodes: () => Promise<readonly Node[]>;
  readonly pageInfo: () => Promise<PageInfo>;
  readonly totalCount: () => Promise<number>;
}

/** The types `<Name>Connection` and `<Name>Edge`; returns the former, for decorators. */
export function makeConnectionType(node: () => ClassType, name: string): ClassType {
  @ObjectType(`${name}Edge`, { description: `One entry of a ${name}Connection.`, simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'Opaque place of this entry in the list, for `after`. Belongs to the order it was read in.' })
    cursor!: string;

    @Field(node, { description: 'The entry itself.' })
    node!: unknown;
  }

  @ObjectType(`${name}Connection`, { description: `One page of a list of ${name} entries.`, simpleResolvers: true })
  class ConnectionType {
    @Field(() => [Edge], { description: 'The entries with their cursors.' })
    edges!: readonly Edge[];

    @Field(() => [node()], { description: 'The entries.' })
    nodes!: readonly unknown[];

    @Field(() => PageInfo, { description: 'Where this page lies in the list.' })
    pageInfo!: PageInfo;

    // Counting reads the whole list.
    @Field(() => SafeIntScalar, {
      description: 'Entries in the whole list, whatever the page. Read only when it is asked for.',
      complexity: 10,
    })
    totalCount!: number;
  }
  return ConnectionType;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20, description: `How many entries, 1 to ${pageSizeLimit}.` })
  first!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Only entries after the one with this cursor. The cursor must come from the same order.',
  })
  after?: string | null;
}

/** An order by name; `instants`: how many instants stand before the id in its cursors. */
export interface Ordering {
  readonly name: string;
  readonly instants: number;
}

/** Throws BAD_USER_INPUT naming `first` or `after`. */
export function readPageArgs({ first, after }: PageArgs, ordering: Ordering): PageRequest {
  if (first < 1 || first > pageSizeLimit) throw badArgument('first', `must be from 1 to ${pageSizeLimit}`);
  if (after === undefined || after === null) return { first, after: null };
  const position = toPosition(ordering.name, after, ordering.instants);
  if (position === null) throw badArgument('after', 'is not a cursor of this list in this order');
  return { first, after: position };
}

/** `readPage` is called once, or not at all. */
export function toConnection<Row>(
  readPage: () => Promise<Page<Row>>,
  ordering: Ordering,
  totalCount: () => Promise<number>,
): Connection<Row> {
  let page: Promise<Page<Row>> | null = null;
  const read = async (): Promise<Page<Row>> => (page ??= readPage());
  const cursorOf = (row: { readonly position: Position } | undefined): string | null =>
    row === undefined ? null : toCursor(ordering.name, row.position);
  return {
    edges: async () => (await read()).rows.map((row) => ({ cursor: toCursor(ordering.name, row.position), node: row })),
    nodes: async () => (await read()).rows,
    pageInfo: async () => {
      const { rows, hasNextPage, hasPreviousPage } = await read();
      return { hasNextPage, hasPreviousPage, startCursor: cursorOf(rows[0]), endCursor: cursorOf(rows.at(-1)) };
    },
    totalCount,
  };
}

/** The page of a list that is known to be empty. */
export function emptyConnection(ordering: Ordering): Connection<never> {
  return toConnection<never>(
    async () => emptyPage,
    ordering,
    async () => 0,
  );
}
