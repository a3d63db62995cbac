// Removes a mailing from the API at once; the finish job cancels what is unsent, waits for what is in flight, then deletes the rows in chunks.
import { succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { isFinished } from '../domain/mailing.ts';
import { finishJob, makeChangeStatus } from './change-mailing-status.ts';
import { moveMailing, touchMailing } from '../database/single-rows.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type DeleteMailing = (id: string) => Promise<Result<{ readonly deletedId: string }>>;

export function makeDeleteMailing(dependencies: OperationDependencies): DeleteMailing {
  const change = makeChangeStatus(dependencies, {
    event: 'deleted',
    kind: null,
    refuse: () => null,
    change: (mailing, now) => {
      mailing.deletedAt = new Date(now);
      if (isFinished(mailing.status)) touchMailing(mailing, now);
      else moveMailing(mailing, 'CANCELLED', now);
    },
    jobs: (mailing) => [finishJob(mailing)],
  });
  return async (id) => {
    const result = await change(id);
    return result.ok ? succeed({ deletedId: id }) : result;
  };
}
