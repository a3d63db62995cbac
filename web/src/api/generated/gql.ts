/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment MailingCounts on MailingStatistics {\n  total\n  pending\n  sent\n  failed\n  expired\n  cancelled\n  unconfirmed\n  version\n  updatedAt\n}": typeof types.MailingCountsFragmentDoc,
    "query Me {\n  me {\n    subject\n    role\n    expiresAt\n  }\n}": typeof types.MeDocument,
    "subscription ProviderState {\n  provider {\n    status\n    reason\n    until\n    ratePerSecond\n  }\n}": typeof types.ProviderStateDocument,
    "query MessagesPage($first: Int!, $after: String, $where: MessageWhere!) {\n  messages(first: $first, after: $after, where: $where) {\n    totalCount\n    nodes {\n      id\n      phone\n      status\n      attempts\n      createdAt\n      dueAt\n      sentAt\n      finishedAt\n      lastError {\n        code\n        explanation\n        at\n      }\n      client {\n        id\n        timeZone\n      }\n      mailing {\n        id\n        text\n      }\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}": typeof types.MessagesPageDocument,
    "mutation PauseMailing($id: ID!) {\n  pauseMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation ResumeMailing($id: ID!) {\n  resumeMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation CancelMailing($id: ID!) {\n  cancelMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation DeleteMailing($id: ID!) {\n  deleteMailing(id: $id) {\n    deletedId\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}": typeof types.PauseMailingDocument,
    "fragment MailingContent on Mailing {\n  id\n  text\n  status\n  startsAt\n  endsAt\n  ratePerSecond\n  version\n  sendWindow {\n    from\n    to\n  }\n  filter {\n    operatorCodes\n    tags\n  }\n  statistics {\n    total\n    pending\n  }\n}": typeof types.MailingContentFragmentDoc,
    "query OneMailing($id: ID!) {\n  mailing(id: $id) {\n    ...MailingContent\n  }\n}\n\nsubscription EditedMailing($id: ID!) {\n  mailing(id: $id) {\n    ...MailingContent\n  }\n}\n\nquery AudiencePreview($input: AudienceInput!) {\n  audience(input: $input) {\n    matching\n    reachable\n    optedOut\n    outsideWindow\n    timeZones {\n      timeZone\n      clients\n      opensAt\n    }\n  }\n}\n\nmutation CreateMailing($input: CreateMailingInput!, $idempotencyKey: String!) {\n  createMailing(input: $input, idempotencyKey: $idempotencyKey) {\n    mailing {\n      id\n      status\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation UpdateMailing($id: ID!, $input: UpdateMailingInput!, $expectedVersion: Int!) {\n  updateMailing(id: $id, input: $input, expectedVersion: $expectedVersion) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}": typeof types.OneMailingDocument,
    "fragment MailingRow on Mailing {\n  id\n  text\n  status\n  startsAt\n  endsAt\n  startedAt\n  finishedAt\n  createdAt\n  ratePerSecond\n  version\n  sendWindow {\n    from\n    to\n  }\n  filter {\n    operatorCodes\n    tags\n  }\n  statistics {\n    ...MailingCounts\n  }\n  progress {\n    ratePerSecond\n    estimatedEndAt\n    willNotFit\n  }\n}": typeof types.MailingRowFragmentDoc,
    "subscription MailingsPage($first: Int!, $after: String, $where: MailingWhere, $orderBy: MailingOrder!) {\n  mailings(first: $first, after: $after, where: $where, orderBy: $orderBy) {\n    totalCount\n    nodes {\n      ...MailingRow\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}": typeof types.MailingsPageDocument,
    "subscription Totals {\n  statistics {\n    clients\n    mailings {\n      total\n      scheduled\n      running\n      paused\n      completed\n      cancelled\n    }\n    messages {\n      total\n      pending\n      sent\n      failed\n      expired\n      cancelled\n      unconfirmed\n    }\n  }\n}": typeof types.TotalsDocument,
};
const documents: Documents = {
    "fragment MailingCounts on MailingStatistics {\n  total\n  pending\n  sent\n  failed\n  expired\n  cancelled\n  unconfirmed\n  version\n  updatedAt\n}": types.MailingCountsFragmentDoc,
    "query Me {\n  me {\n    subject\n    role\n    expiresAt\n  }\n}": types.MeDocument,
    "subscription ProviderState {\n  provider {\n    status\n    reason\n    until\n    ratePerSecond\n  }\n}": types.ProviderStateDocument,
    "query MessagesPage($first: Int!, $after: String, $where: MessageWhere!) {\n  messages(first: $first, after: $after, where: $where) {\n    totalCount\n    nodes {\n      id\n      phone\n      status\n      attempts\n      createdAt\n      dueAt\n      sentAt\n      finishedAt\n      lastError {\n        code\n        explanation\n        at\n      }\n      client {\n        id\n        timeZone\n      }\n      mailing {\n        id\n        text\n      }\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}": types.MessagesPageDocument,
    "mutation PauseMailing($id: ID!) {\n  pauseMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation ResumeMailing($id: ID!) {\n  resumeMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation CancelMailing($id: ID!) {\n  cancelMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation DeleteMailing($id: ID!) {\n  deleteMailing(id: $id) {\n    deletedId\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}": types.PauseMailingDocument,
    "fragment MailingContent on Mailing {\n  id\n  text\n  status\n  startsAt\n  endsAt\n  ratePerSecond\n  version\n  sendWindow {\n    from\n    to\n  }\n  filter {\n    operatorCodes\n    tags\n  }\n  statistics {\n    total\n    pending\n  }\n}": types.MailingContentFragmentDoc,
    "query OneMailing($id: ID!) {\n  mailing(id: $id) {\n    ...MailingContent\n  }\n}\n\nsubscription EditedMailing($id: ID!) {\n  mailing(id: $id) {\n    ...MailingContent\n  }\n}\n\nquery AudiencePreview($input: AudienceInput!) {\n  audience(input: $input) {\n    matching\n    reachable\n    optedOut\n    outsideWindow\n    timeZones {\n      timeZone\n      clients\n      opensAt\n    }\n  }\n}\n\nmutation CreateMailing($input: CreateMailingInput!, $idempotencyKey: String!) {\n  createMailing(input: $input, idempotencyKey: $idempotencyKey) {\n    mailing {\n      id\n      status\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation UpdateMailing($id: ID!, $input: UpdateMailingInput!, $expectedVersion: Int!) {\n  updateMailing(id: $id, input: $input, expectedVersion: $expectedVersion) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}": types.OneMailingDocument,
    "fragment MailingRow on Mailing {\n  id\n  text\n  status\n  startsAt\n  endsAt\n  startedAt\n  finishedAt\n  createdAt\n  ratePerSecond\n  version\n  sendWindow {\n    from\n    to\n  }\n  filter {\n    operatorCodes\n    tags\n  }\n  statistics {\n    ...MailingCounts\n  }\n  progress {\n    ratePerSecond\n    estimatedEndAt\n    willNotFit\n  }\n}": types.MailingRowFragmentDoc,
    "subscription MailingsPage($first: Int!, $after: String, $where: MailingWhere, $orderBy: MailingOrder!) {\n  mailings(first: $first, after: $after, where: $where, orderBy: $orderBy) {\n    totalCount\n    nodes {\n      ...MailingRow\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}": types.MailingsPageDocument,
    "subscription Totals {\n  statistics {\n    clients\n    mailings {\n      total\n      scheduled\n      running\n      paused\n      completed\n      cancelled\n    }\n    messages {\n      total\n      pending\n      sent\n      failed\n      expired\n      cancelled\n      unconfirmed\n    }\n  }\n}": types.TotalsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment MailingCounts on MailingStatistics {\n  total\n  pending\n  sent\n  failed\n  expired\n  cancelled\n  unconfirmed\n  version\n  updatedAt\n}"): (typeof documents)["fragment MailingCounts on MailingStatistics {\n  total\n  pending\n  sent\n  failed\n  expired\n  cancelled\n  unconfirmed\n  version\n  updatedAt\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Me {\n  me {\n    subject\n    role\n    expiresAt\n  }\n}"): (typeof documents)["query Me {\n  me {\n    subject\n    role\n    expiresAt\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription ProviderState {\n  provider {\n    status\n    reason\n    until\n    ratePerSecond\n  }\n}"): (typeof documents)["subscription ProviderState {\n  provider {\n    status\n    reason\n    until\n    ratePerSecond\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query MessagesPage($first: Int!, $after: String, $where: MessageWhere!) {\n  messages(first: $first, after: $after, where: $where) {\n    totalCount\n    nodes {\n      id\n      phone\n      status\n      attempts\n      createdAt\n      dueAt\n      sentAt\n      finishedAt\n      lastError {\n        code\n        explanation\n        at\n      }\n      client {\n        id\n        timeZone\n      }\n      mailing {\n        id\n        text\n      }\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}"): (typeof documents)["query MessagesPage($first: Int!, $after: String, $where: MessageWhere!) {\n  messages(first: $first, after: $after, where: $where) {\n    totalCount\n    nodes {\n      id\n      phone\n      status\n      attempts\n      createdAt\n      dueAt\n      sentAt\n      finishedAt\n      lastError {\n        code\n        explanation\n        at\n      }\n      client {\n        id\n        timeZone\n      }\n      mailing {\n        id\n        text\n      }\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation PauseMailing($id: ID!) {\n  pauseMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation ResumeMailing($id: ID!) {\n  resumeMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation CancelMailing($id: ID!) {\n  cancelMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation DeleteMailing($id: ID!) {\n  deleteMailing(id: $id) {\n    deletedId\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}"): (typeof documents)["mutation PauseMailing($id: ID!) {\n  pauseMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation ResumeMailing($id: ID!) {\n  resumeMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation CancelMailing($id: ID!) {\n  cancelMailing(id: $id) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation DeleteMailing($id: ID!) {\n  deleteMailing(id: $id) {\n    deletedId\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment MailingContent on Mailing {\n  id\n  text\n  status\n  startsAt\n  endsAt\n  ratePerSecond\n  version\n  sendWindow {\n    from\n    to\n  }\n  filter {\n    operatorCodes\n    tags\n  }\n  statistics {\n    total\n    pending\n  }\n}"): (typeof documents)["fragment MailingContent on Mailing {\n  id\n  text\n  status\n  startsAt\n  endsAt\n  ratePerSecond\n  version\n  sendWindow {\n    from\n    to\n  }\n  filter {\n    operatorCodes\n    tags\n  }\n  statistics {\n    total\n    pending\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query OneMailing($id: ID!) {\n  mailing(id: $id) {\n    ...MailingContent\n  }\n}\n\nsubscription EditedMailing($id: ID!) {\n  mailing(id: $id) {\n    ...MailingContent\n  }\n}\n\nquery AudiencePreview($input: AudienceInput!) {\n  audience(input: $input) {\n    matching\n    reachable\n    optedOut\n    outsideWindow\n    timeZones {\n      timeZone\n      clients\n      opensAt\n    }\n  }\n}\n\nmutation CreateMailing($input: CreateMailingInput!, $idempotencyKey: String!) {\n  createMailing(input: $input, idempotencyKey: $idempotencyKey) {\n    mailing {\n      id\n      status\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation UpdateMailing($id: ID!, $input: UpdateMailingInput!, $expectedVersion: Int!) {\n  updateMailing(id: $id, input: $input, expectedVersion: $expectedVersion) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}"): (typeof documents)["query OneMailing($id: ID!) {\n  mailing(id: $id) {\n    ...MailingContent\n  }\n}\n\nsubscription EditedMailing($id: ID!) {\n  mailing(id: $id) {\n    ...MailingContent\n  }\n}\n\nquery AudiencePreview($input: AudienceInput!) {\n  audience(input: $input) {\n    matching\n    reachable\n    optedOut\n    outsideWindow\n    timeZones {\n      timeZone\n      clients\n      opensAt\n    }\n  }\n}\n\nmutation CreateMailing($input: CreateMailingInput!, $idempotencyKey: String!) {\n  createMailing(input: $input, idempotencyKey: $idempotencyKey) {\n    mailing {\n      id\n      status\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}\n\nmutation UpdateMailing($id: ID!, $input: UpdateMailingInput!, $expectedVersion: Int!) {\n  updateMailing(id: $id, input: $input, expectedVersion: $expectedVersion) {\n    mailing {\n      id\n      status\n      version\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment MailingRow on Mailing {\n  id\n  text\n  status\n  startsAt\n  endsAt\n  startedAt\n  finishedAt\n  createdAt\n  ratePerSecond\n  version\n  sendWindow {\n    from\n    to\n  }\n  filter {\n    operatorCodes\n    tags\n  }\n  statistics {\n    ...MailingCounts\n  }\n  progress {\n    ratePerSecond\n    estimatedEndAt\n    willNotFit\n  }\n}"): (typeof documents)["fragment MailingRow on Mailing {\n  id\n  text\n  status\n  startsAt\n  endsAt\n  startedAt\n  finishedAt\n  createdAt\n  ratePerSecond\n  version\n  sendWindow {\n    from\n    to\n  }\n  filter {\n    operatorCodes\n    tags\n  }\n  statistics {\n    ...MailingCounts\n  }\n  progress {\n    ratePerSecond\n    estimatedEndAt\n    willNotFit\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription MailingsPage($first: Int!, $after: String, $where: MailingWhere, $orderBy: MailingOrder!) {\n  mailings(first: $first, after: $after, where: $where, orderBy: $orderBy) {\n    totalCount\n    nodes {\n      ...MailingRow\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}"): (typeof documents)["subscription MailingsPage($first: Int!, $after: String, $where: MailingWhere, $orderBy: MailingOrder!) {\n  mailings(first: $first, after: $after, where: $where, orderBy: $orderBy) {\n    totalCount\n    nodes {\n      ...MailingRow\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription Totals {\n  statistics {\n    clients\n    mailings {\n      total\n      scheduled\n      running\n      paused\n      completed\n      cancelled\n    }\n    messages {\n      total\n      pending\n      sent\n      failed\n      expired\n      cancelled\n      unconfirmed\n    }\n  }\n}"): (typeof documents)["subscription Totals {\n  statistics {\n    clients\n    mailings {\n      total\n      scheduled\n      running\n      paused\n      completed\n      cancelled\n    }\n    messages {\n      total\n      pending\n      sent\n      failed\n      expired\n      cancelled\n      unconfirmed\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;