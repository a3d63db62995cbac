// Which mailings the overview looks at. The same words in every browser, so that the service answers all of them at once.
import type { OverviewMailingsSubscriptionVariables } from '../api/generated/graphql.ts';

export const runningVariables: OverviewMailingsSubscriptionVariables = {
  first: 10,
  where: { statuses: ['RUNNING', 'PAUSED'] },
  orderBy: 'STARTS_AT_DESC',
};

export const nextVariables: OverviewMailingsSubscriptionVariables = {
  first: 5,
  where: { statuses: ['SCHEDULED'] },
  orderBy: 'STARTS_AT_ASC',
};

const HOUR_MS = 3_600_000;

/** Over, and its period ended within the last day: by full hours, as above. */
export function lateVariables(now: number): OverviewMailingsSubscriptionVariables {
  const endsAfter = new Date((Math.floor(now / HOUR_MS) - 24) * HOUR_MS).toISOString();
  return { first: 20, where: { statuses: ['COMPLETED'], endsAfter }, orderBy: 'STARTS_AT_DESC' };
}
