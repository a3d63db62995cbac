// Stops a mailing for good. Its unsent messages become CANCELLED in chunks by the finish job; requests in flight keep their true outcome.
import { finishJob, makeChangeStatus, moveTo, refuseFinished } from './change-mailing-status.ts';
import type { ChangeStatus } from './change-mailing-status.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export function makeCancelMailing(dependencies: OperationDependencies): ChangeStatus {
  return makeChangeStatus(dependencies, {
    event: 'cancelled',
    kind: 'CANCELLED',
    refuse: refuseFinished,
    change: moveTo('CANCELLED'),
    jobs: (mailing) => [finishJob(mailing)],
  });
}
