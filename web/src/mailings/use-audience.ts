// Whom the mailing would reach, asked while the operator types: after a pause, and never more than the newest question.
// Of a mailing that starts at once it is asked again each minute: who gets it depends on how late it is.
import { useEffect, useEffectEvent, useState } from 'react';
import { useClient } from 'urql';
import type { CombinedError } from 'urql';
import { useConnection } from '../api/api.tsx';
import type { UserFault } from '../api/faults.ts';
import { AudiencePreviewDocument } from '../api/generated/graphql.ts';
import type { AudiencePreviewQuery, AudiencePreviewQueryVariables } from '../api/generated/graphql.ts';
import { startOf, toCreateInput } from './form-values.ts';
import type { MailingValues } from './form-values.ts';
import { operatorZone } from './operator-zone.ts';
import { useMinute } from './use-minute.ts';

export type Audience = AudiencePreviewQuery['audience'];
/** What of the filter is filled in. */
export type ChosenBy = 'nothing' | 'tags' | 'codes' | 'both';

/** Of a list that never changes nothing is drawn again. */
export const noZones: Audience['timeZones'] = [];

export interface AudienceAnswer {
  /** The last one there was; null: none yet. */
  readonly audience: Audience | null;
  /** Of its filter, which need not be the one that is entered. */
  readonly chosenBy: ChosenBy;
  /** Belongs to other values; one that is merely a minute old does not. */
  readonly outdated: boolean;
  /** What of the question the operator can put right. */
  readonly faults: readonly UserFault[];
  readonly error: CombinedError | null;
  readonly retry: () => void;
}

interface State {
  /** What was entered when it was asked. */
  readonly key: string;
  readonly audience: Audience | null;
  readonly chosenBy: ChosenBy;
  readonly faults: readonly UserFault[];
  readonly error: CombinedError | null;
}

const noState: State = { key: '', audience: null, chosenBy: 'nothing', faults: [], error: null };

/** Shorter than it takes to notice, longer than between two keys. */
const PAUSE_MS = 300;

/** `pause`: nobody would look at the answer. */
export function useAudience(values: MailingValues, pause = false): AudienceAnswer {
  const client = useClient();
  const connection = useConnection();
  const [attempt, setAttempt] = useState(0);
  const minute = useMinute();
  const key = JSON.stringify(audienceInput(values, 0));
  const question = JSON.stringify(audienceInput(values, minute));
  const chosenBy = choiceOf(values);
  const [state, setState] = useState(noState);

  useEffect(() => {
    if (pause) return undefined;
    let unsubscribe = (): void => undefined;
    const timer = setTimeout(() => {
      const variables = { input: JSON.parse(question) as AudiencePreviewQueryVariables['input'] };
      const answer = client.query(AudiencePreviewDocument, variables, { requestPolicy: 'network-only' }).subscribe(({ data, error }) => {
        const faults = faultsOf(error);
        const audience = data?.audience;
        setState((before) => ({
          key,
          ...(audience === undefined ? { audience: before.audience, chosenBy: before.chosenBy } : { audience, chosenBy }),
          faults,
          error: faults.length > 0 ? null : (error ?? null),
        }));
      });
      // Ends the request, too.
      unsubscribe = answer.unsubscribe;
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [client, key, question, chosenBy, attempt, pause]);

  const retry = (): void => setAttempt((before) => before + 1);
  const retryAfterFault = useEffectEvent(() => {
    if (state.error !== null) retry();
  });
  useEffect(
    () =>
      connection.watch(() => {
        if (connection.current().status === 'connected') retryAfterFault();
      }),
    [connection],
  );

  const isCurrent = state.key === key;
  return {
    audience: state.audience,
    chosenBy: state.chosenBy,
    outdated: !isCurrent || state.error !== null || state.faults.length > 0,
    faults: isCurrent ? state.faults : [],
    error: isCurrent ? state.error : null,
    retry,
  };
}

/** `earliest`: a start that has passed is as good as one at this time, as the service has it, too. */
function audienceInput(values: MailingValues, earliest: number): AudiencePreviewQueryVariables['input'] {
  const { filter, endsAt, sendWindow } = toCreateInput(values, earliest, operatorZone);
  const startsAt = Math.max(startOf(values, earliest, operatorZone), earliest);
  return { filter, startsAt: new Date(startsAt).toISOString(), endsAt, sendWindow };
}

function choiceOf({ tags, operatorCodes }: MailingValues): ChosenBy {
  if (tags.length > 0) return operatorCodes.length > 0 ? 'both' : 'tags';
  return operatorCodes.length > 0 ? 'codes' : 'nothing';
}

/** As the service has them beside BAD_USER_INPUT. */
function faultsOf(error: CombinedError | undefined): readonly UserFault[] {
  const faults = error?.graphQLErrors[0]?.extensions['userErrors'];
  return Array.isArray(faults) ? (faults as readonly UserFault[]) : [];
}
