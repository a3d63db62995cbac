// docs/api.md's table of limits and the code say the same.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { pageSizeLimit } from '../../src/database/keyset.ts';
import { operationLimits } from '../../src/graphql/limits.ts';
import { costLimit } from '../../src/graphql/operation-cost.ts';
import { mostOperations, longestOperationId } from '../../src/graphql/websocket-operations.ts';
import { mostPayloadBytes } from '../../src/graphql/websocket.ts';
import { mostBodyBytes } from '../../src/http/graphql-door.ts';
import { bodyLimitMs, timeLimits } from '../../src/http/server.ts';

const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');

const number = (value: number): string => value.toLocaleString('en-US');
const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`;

test('every limit of the code stands in docs/api.md as it is', () => {
  const section = page.split(/^## Limits$/m)[1]?.split(/^#{2,} /m)[0] ?? '';
  const rows = section.split('\n').map((line) => /^\| ([^|`]+?) \| ([\d,]+(?: \w+)?) \|/.exec(line)?.slice(1, 3));
  expect(rows.filter((row) => row !== undefined)).toEqual([
    ['tokens in a document', number(operationLimits.tokens)],
    ['levels of fields', number(operationLimits.depth)],
    ['levels of introspection', number(operationLimits.introspectionDepth)],
    ['fields at the root', number(operationLimits.rootFields)],
    ['fields, those of a fragment wherever it is spread', number(operationLimits.fields)],
    ['aliases', number(operationLimits.aliases)],
    ['directives', number(operationLimits.directives)],
    ['cost of an operation', number(costLimit)],
    ['entries in a page', number(pageSizeLimit)],
    ['body of a request, imports of files excepted', `${mostBodyBytes / 1_024 / 1_024} MiB`],
    ['headers of a request, until they have come', seconds(timeLimits.headersTimeout)],
    ['the body after them', seconds(bodyLimitMs)],
    ['message on a WebSocket', `${mostPayloadBytes / 1_024} KiB`],
    ['operations at a time on a WebSocket', number(mostOperations)],
    ['characters in the id of an operation', number(longestOperationId)],
  ]);
});
