// The same events for every reference of `fan-out`: each mailing has a new state every tenth of a second while a run lasts.
import { EventEmitter } from 'node:events';
import { answerQuestions } from './lines.mjs';

export const mailings = 10;

export function stateOf(mailingId, version) {
  return {
    mailingId: String(mailingId),
    mailingStatus: 'RUNNING',
    total: 100000,
    pending: 100000 - (version % 100000),
    sent: version % 100000,
    failed: 0,
    expired: 0,
    cancelled: 0,
    unconfirmed: 0,
    version,
    updatedAt: '2026-11-29T09:00:00.000Z',
  };
}

/** {"run":{"ticks":100,"everyMs":100}} emits that many states of each mailing and answers when the last one is out. */
export function emitOnQuestion() {
  const events = new EventEmitter();
  events.setMaxListeners(0);
  let version = 0;
  answerQuestions(
    ({ run: { ticks, everyMs } }) =>
      new Promise((resolve) => {
        let left = ticks;
        const timer = setInterval(() => {
          version += 1;
          for (let id = 1; id <= mailings; id += 1) events.emit(String(id), stateOf(id, version));
          left -= 1;
          if (left > 0) return;
          clearInterval(timer);
          resolve(true);
        }, everyMs);
      }),
  );
  return events;
}

export const typeDefs = /* GraphQL */ `
  type Query {
    ok: Boolean
  }
  enum MailingStatus {
    RUNNING
    COMPLETED
  }
  type MailingStatistics {
    mailingId: ID!
    mailingStatus: MailingStatus!
    total: Float!
    pending: Float!
    sent: Float!
    failed: Float!
    expired: Float!
    cancelled: Float!
    unconfirmed: Float!
    version: Float!
    updatedAt: String!
  }
  type Subscription {
    mailingStatistics(mailingId: ID!): MailingStatistics!
  }
`;
