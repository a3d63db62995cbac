// Stops a running mailing until it is resumed: lanes see it with their next portion, at most 0.7 s later.
import { makeChangeStatus, moveTo, refuseFinished } from './change-mailing-status.ts';
import type { ChangeStatus } from './change-mailing-status.ts';
import { wrongState } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export function makePauseMailing(dependencies: OperationDependencies): ChangeStatus {
  return makeChangeStatus(dependencies, {
    event: 'paused',
    kind: 'PAUSED',
    refuse: (mailing) =>
      refuseFinished(mailing) ??
      (mailing.status === 'RUNNING'
        ? null
        : wrongState('NOT_RUNNING', `only a RUNNING mailing can be paused; this one is ${mailing.status}`)),
    change: moveTo('PAUSED'),
    jobs: () => [],
  });
}
