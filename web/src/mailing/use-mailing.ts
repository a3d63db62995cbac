// Everything about one mailing, live; once it is over, it is asked for again when that may have changed.
import { useEffect, useEffectEvent, useReducer, useRef } from 'react';
import { MailingCountsLiveDocument, MailingLiveDocument, MailingsCountedDocument } from '../api/generated/graphql.ts';
import type { LiveMailingFragment, MailingCountsFragment } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import type { Live } from '../api/use-live.ts';
import { isOver } from './mailing-status.ts';

export function useMailing(id: string): Live<LiveMailingFragment> {
  const [revision, askAgain] = useReducer((before: number) => before + 1, 0);
  const live = useLive(MailingLiveDocument, { id }, { isOver: ({ mailing }) => isOver(mailing.status), revision });
  useOtherMailings(live.over && live.errorCode === null, askAgain);
  return { ...live, data: live.data?.mailing ?? null };
}

/**
 * The subscription of a mailing that is over has ended, and still somebody may try its messages again, or delete it. Both change how many
 * mailings there are of some status; a retry that was over before that was told has at least changed how many messages failed.
 */
function useOtherMailings(watching: boolean, onChange: () => void): void {
  const { data } = useLive(MailingsCountedDocument, {}, { pause: !watching });
  const counted = watching && data !== null ? JSON.stringify(data.statistics) : null;
  const before = useRef<string | null>(null);
  const changed = useEffectEvent(onChange);
  useEffect(() => {
    // The first time, too: for what came between the end of the one subscription and the beginning of the other.
    if (counted !== null && before.current !== counted) changed();
    before.current = counted;
  }, [counted]);
}

/** The newest counts there are: those of the mailing once a second, and between them those of its statistics, ten times. */
export function useCounts({ id, status, statistics }: LiveMailingFragment): MailingCountsFragment {
  const { data } = useLive(
    MailingCountsLiveDocument,
    { mailingId: id },
    { isOver: ({ mailingStatistics }) => isOver(mailingStatistics.mailingStatus), pause: isOver(status) },
  );
  const fast = data?.mailingStatistics;
  return fast !== undefined && fast.version > statistics.version ? fast : statistics;
}
