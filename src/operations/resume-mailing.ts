// Lets a paused mailing go on: sending, selecting recipients that were not selected yet, and ending what closed meanwhile.
import { jobKey } from '../database/job-queue.ts';
import { finishJob, makeChangeStatus, moveTo, refuseFinished } from './change-mailing-status.ts';
import type { ChangeStatus } from './change-mailing-status.ts';
import { wrongState } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export function makeResumeMailing(dependencies: OperationDependencies): ChangeStatus {
  return makeChangeStatus(dependencies, {
    event: 'resumed',
    kind: 'RESUMED',
    refuse: (mailing) =>
      refuseFinished(mailing) ??
      (mailing.status === 'PAUSED'
        ? null
        : wrongState('NOT_PAUSED', `only a PAUSED mailing can be resumed; this one is ${mailing.status}`)),
    change: moveTo('RUNNING'),
    jobs: (mailing) => {
      const { id: mailingId } = mailing;
      return [
        finishJob(mailing),
        { task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: null },
        { task: 'expand', key: jobKey.expand(mailingId), mailingId, runAt: null },
      ];
    },
  });
}
