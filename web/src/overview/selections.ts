// Which mailings the overview looks at. The same words in every browser, so that the service answers all of them at once.
import type { OverviewMailingsSubscriptionVariables } from '../api/generated/graphql.ts';

/** As many as one operation may cost: a page of 59 comes to the service's limit, and some room is left. */
const LOOKED_AT = 50;

/** For the problems; the list of them shows the first few. */
export const runningVariables: OverviewMailingsSubscriptionVariables = {
  first: LOOKED_AT,
  where: { statuses: ['RUNNING', 'PAUSED'] },
  orderBy: 'STARTS_AT_DESC',
};

export const nextVariables: OverviewMailingsSubscriptionVariables = {
  first: 5,
  where: { statuses: ['SCHEDULED'] },
  orderBy: 'STARTS_AT_ASC',
};

const HOUR_MS = 3_600_000;

/** Paused, and its period ends within the next hour or the one after: by full hours, so that an hour long the words stay the same. */
export function endingVariables(now: number): OverviewMailingsSubscriptionVariables {
  const endsBefore = new Date((Math.floor(now / HOUR_MS) + 2) * HOUR_MS).toISOString();
  return { first: LOOKED_AT, where: { statuses: ['PAUSED'], endsBefore }, orderBy: 'STARTS_AT_DESC' };
}

/** Over, and its period ended within the last day: by full hours, as above. */
export function lateVariables(now: number): OverviewMailingsSubscriptionVariables {
  const endsAfter = new Date((Math.floor(now / HOUR_MS) - 24) * HOUR_MS).toISOString();
  return { first: LOOKED_AT, where: { statuses: ['COMPLETED'], endsAfter }, orderBy: 'STARTS_AT_DESC' };
}
