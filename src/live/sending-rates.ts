// The rate of every running mailing: one small statement every two seconds, whoever is watching. The senders do nothing for it.
import type { RateSample, RateMemory, SendingRate } from '../domain/sending-rate.ts';
import { rememberSample, toSendingRate } from '../domain/sending-rate.ts';
import type { Log } from '../log.ts';

export interface MailingSample extends RateSample {
  readonly mailingId: string;
}

export interface SendingRates {
  /** null: not running, or read fewer than twice. */
  rateOf(mailingId: string): SendingRate | null;
}

export interface SendingRatesOptions {
  /** The mailings that are running. */
  readonly readSamples: () => Promise<readonly MailingSample[]>;
  readonly log: Log;
  /** Between two readings. Milliseconds, 2 s unless given. */
  readonly everyMs?: number;
}

/** Reads until disposed. What cannot be read is logged once per outage, and no rate is known until it can be again. */
export function makeSendingRates({ readSamples, log, everyMs = 2_000 }: SendingRatesOptions): SendingRates & AsyncDisposable {
  let memories = new Map<string, RateMemory>();
  let reading: Promise<void> | null = null;
  let outage = false;

  const read = async (): Promise<void> => {
    try {
      const samples = await readSamples();
      memories = new Map(samples.map((sample) => [sample.mailingId, rememberSample(memories.get(sample.mailingId), sample)]));
      outage = false;
    } catch (error) {
      if (!outage) log.warn({ err: error }, 'the rates of mailings cannot be read: trying again until they can');
      outage = true;
      memories = new Map();
    }
  };
  const readOnce = (): void => {
    reading ??= read().finally(() => {
      reading = null;
    });
  };
  const timer = setInterval(readOnce, everyMs);
  readOnce();

  return {
    rateOf: (mailingId) => {
      const memory = memories.get(mailingId);
      return memory === undefined ? null : toSendingRate(memory);
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await reading;
    },
  };
}
