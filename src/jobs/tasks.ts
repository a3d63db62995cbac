// graphile-worker's tasks: payload in, operation out, no logic. A payload that makes no sense is a fault of ours and is logged by the runner.
import { CarillonError } from '../domain/errors.ts';
import type { Span } from '../domain/tracing.ts';
import type { WebhookDelivery } from '../operations/deliver-webhooks.ts';
import type { ExpandMailing } from '../operations/expand-mailing.ts';
import type { FinishMailing } from '../operations/finish-mailing.ts';
import type { MessageRemoval } from '../operations/remove-old-messages.ts';
import type { Reconcile } from '../operations/reconcile.ts';
import type { DailyReports } from '../operations/send-daily-report.ts';
import type { SendMessages } from '../operations/send-messages.ts';

export interface JobOperations {
  readonly expandMailing: ExpandMailing;
  readonly sendMessages: SendMessages;
  readonly finishMailing: FinishMailing;
  readonly reconcile: Reconcile;
  /** null: no reports are sent. */
  readonly sendReport: DailyReports['send'] | null;
  readonly removeMessages: MessageRemoval['remove'];
  /** null: nobody is told of anything. */
  readonly deliverWebhooks: WebhookDelivery['deliver'] | null;
}

/** `span`: of the job; null: nobody traces. */
export type Task = (payload: unknown, span: Span | null) => Promise<void>;

/** `stop` is aborted when the process is asked to end: lanes give everything back, the others end after their next chunk. */
export function makeTasks(operations: JobOperations, stop: AbortSignal): Readonly<Record<string, Task>> {
  return {
    expand: async (payload) => operations.expandMailing(mailingIdOf(payload), stop),
    send: async (payload, span) => operations.sendMessages(mailingIdOf(payload), laneOf(payload), stop, span),
    finish: async (payload) => operations.finishMailing(mailingIdOf(payload), stop),
    reconcile: async () => operations.reconcile(),
    // Always known to the queue: a job that another worker's settings have left must not stay without anybody who takes it.
    report: async () => operations.sendReport?.(stop),
    remove: async () => operations.removeMessages(stop),
    webhook: async () => operations.deliverWebhooks?.(stop),
  };
}

function mailingIdOf(payload: unknown): string {
  if (typeof payload === 'object' && payload !== null && 'mailingId' in payload && typeof payload.mailingId === 'string')
    return payload.mailingId;
  throw new CarillonError('BAD_JOB', 'a job without mailingId');
}

function laneOf(payload: unknown): number {
  return typeof payload === 'object' && payload !== null && 'lane' in payload && typeof payload.lane === 'number' ? payload.lane : 0;
}
