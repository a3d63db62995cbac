// Whom the mailing would reach, asked while the operator types: after a pause, and never more than the newest question.
import { useEffect, useEffectEvent, useState } from 'react';
import { useClient } from 'urql';
import type { CombinedError } from 'urql';
import { useConnection } from '../api/api.tsx';
import type { UserFault } from '../api/faults.ts';
import { AudiencePreviewDocument } from '../api/generated/graphql.ts';
import type { AudiencePreviewQuery, AudiencePreviewQueryVariables } from '../api/generated/graphql.ts';

export type Audience = AudiencePreviewQuery['audience'];

/** Of a list that never changes nothing is drawn again. */
export const noZones: Audience['timeZones'] = [];

export interface AudienceAnswer {
  /** The last one there was; null: none yet. */
  readonly audience: Audience | null;
  /** Belongs to an earlier question. */
  readonly outdated: boolean;
  /** What of the question the operator can put right. */
  readonly faults: readonly UserFault[];
  readonly error: CombinedError | null;
  readonly retry: () => void;
}

interface State {
  readonly key: string;
  readonly audience: Audience | null;
  readonly faults: readonly UserFault[];
  readonly error: CombinedError | null;
}

/** Shorter than it takes to notice, longer than between two keys. */
const PAUSE_MS = 300;

/** `pause`: nobody would look at the answer. */
export function useAudience(input: AudiencePreviewQueryVariables['input'], pause = false): AudienceAnswer {
  const client = useClient();
  const connection = useConnection();
  const [attempt, setAttempt] = useState(0);
  const key = JSON.stringify(input);
  const [state, setState] = useState<State>({ key: '', audience: null, faults: [], error: null });

  useEffect(() => {
    if (pause) return undefined;
    let unsubscribe = (): void => undefined;
    const timer = setTimeout(() => {
      const variables = { input: JSON.parse(key) as AudiencePreviewQueryVariables['input'] };
      const answer = client.query(AudiencePreviewDocument, variables, { requestPolicy: 'network-only' }).subscribe(({ data, error }) => {
        const faults = faultsOf(error);
        setState((before) => ({
          key,
          audience: data?.audience ?? before.audience,
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
  }, [client, key, attempt, pause]);

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
    outdated: !isCurrent || state.error !== null || state.faults.length > 0,
    faults: isCurrent ? state.faults : [],
    error: isCurrent ? state.error : null,
    retry,
  };
}

/** As the service has them beside BAD_USER_INPUT. */
function faultsOf(error: CombinedError | undefined): readonly UserFault[] {
  const faults = error?.graphQLErrors[0]?.extensions['userErrors'];
  return Array.isArray(faults) ? (faults as readonly UserFault[]) : [];
}
