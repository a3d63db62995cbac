// Tells the receiver of webhooks what has happened: beside the sending, a few at a time, again and again for three days.
import type { Database } from '../database/database.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import {
  claimWebhooks,
  endWebhook,
  forgetOldWebhooks,
  giveBackWebhook,
  giveUpStaleWebhooks,
  nextWebhookAt,
  postponeWebhook,
} from '../database/webhook-queries.ts';
import type { ClaimedWebhook } from '../database/webhook-queries.ts';
import type { EpochMs } from '../domain/send-window.ts';
import { webhookRetryDelayMs } from '../domain/webhook.ts';
import type { PostWebhook } from '../domain/webhook.ts';
import { failpoint } from '../failpoints.ts';
import type { Log } from '../log.ts';

interface Dependencies {
  readonly database: Database;
  readonly post: PostWebhook;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

export interface WebhookDelivery {
  /**
   * Delivers what is due for a while and leaves a job for the rest; at most one run in a process. Each event is delivered at least once:
   * a worker that dies between the receiver's yes and the row that says so repeats it, under the same id. `stop`: the process is to end.
   */
  readonly deliver: (stop?: AbortSignal) => Promise<void>;
  /** Something has happened that may have to be told. Never throws, never waits: a lost call costs a look of the reconciler. */
  readonly wake: () => void;
  /** Puts the job where it should be waiting, and removes what is long over. */
  readonly keepJob: () => Promise<void>;
}

/** Requests at a time, so that a slow receiver costs little here and is not trampled there. */
const AT_A_TIME = 4;
/** Longer than a request may take (PostWebhook), with its rows: a holder that is alive never loses its claim. */
const LEASE_MS = 60_000;
const SLICE_MS = 10_000;

export function makeWebhookDelivery({ database, post, random, log }: Dependencies): WebhookDelivery {
  let isRunning = false;
  return { deliver, wake, keepJob };

  async function deliver(stop?: AbortSignal): Promise<void> {
    // A second job would only take a place from what starts and ends mailings. What it was added for is found by the one that runs.
    if (isRunning) return;
    isRunning = true;
    try {
      const endsAt = performance.now() + SLICE_MS;
      while (stop?.aborted !== true && performance.now() < endsAt) {
        const claimed = await claimWebhooks(database, AT_A_TIME, LEASE_MS);
        if (claimed.length === 0) break;
        await Promise.all(claimed.map(async (webhook) => deliverOne(webhook, stop)));
      }
    } finally {
      isRunning = false;
    }
    await leaveJob(await nextWebhookAt(database));
  }

  async function deliverOne({ rowId, event, attempts, now }: ClaimedWebhook, stop?: AbortSignal): Promise<void> {
    const outcome = await post(event, now, stop);
    failpoint('webhook-posted');
    const fields = { webhookId: event.id, type: event.type, attempts, ...mailingOf(event.data) };
    switch (outcome.kind) {
      case 'delivered':
        await endWebhook(database, rowId, null);
        log.info({ event: 'webhook-delivered', ...fields }, 'webhook delivered');
        return;
      case 'gone':
        await endWebhook(database, rowId, 'the receiver answered 410');
        log.error(
          { event: 'webhook-given-up', ...fields },
          'the receiver of webhooks wants no more of this one (410); look at WEBHOOK_URL',
        );
        return;
      case 'failed': {
        // Broken off because the process is to end: that was no attempt of the receiver's.
        if (stop?.aborted === true) return giveBackWebhook(database, rowId);
        const { reason, retryAfterMs } = outcome;
        const delayMs = webhookRetryDelayMs(attempts, retryAfterMs, random);
        if (delayMs === null) {
          await endWebhook(database, rowId, reason);
          log.error({ event: 'webhook-given-up', ...fields, reason }, 'a webhook could not be delivered for three days');
        } else {
          await postponeWebhook(database, rowId, reason, delayMs);
          log.warn({ ...fields, reason, delayMs }, 'a webhook could not be delivered yet');
        }
        return;
      }
      default:
        outcome satisfies never;
    }
  }

  async function leaveJob(at: EpochMs | null): Promise<void> {
    if (at !== null) await addJobs(database, [{ task: 'webhook', key: jobKey.webhook(), runAt: at }]);
  }

  function wake(): void {
    const job = { task: 'webhook', key: jobKey.webhook(), runAt: null } as const;
    void addJobs(database, [job]).catch((error: unknown) => log.warn({ err: error }, 'webhooks are looked at a little later'));
  }

  async function keepJob(): Promise<void> {
    for (const { id, type } of await giveUpStaleWebhooks(database)) {
      log.error({ event: 'webhook-given-up', webhookId: id, type }, 'a webhook is too old to be delivered');
    }
    await forgetOldWebhooks(database);
    await leaveJob(await nextWebhookAt(database));
  }
}

function mailingOf({ mailingId }: ClaimedWebhook['event']['data']): { readonly mailingId?: string } {
  return typeof mailingId === 'string' ? { mailingId } : {};
}
