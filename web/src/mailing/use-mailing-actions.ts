// What a person does with a mailing as a whole. What the service refuses is said in a notification, in the operator's language.
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useClient } from 'urql';
import type { CombinedError, OperationResult, TypedDocumentNode } from 'urql';
import { useFaultText, useUserFaultText } from '../api/faults.ts';
import type { UserFault } from '../api/faults.ts';
import { CancelMailingDocument, DeleteMailingDocument, PauseMailingDocument, ResumeMailingDocument } from '../api/generated/graphql.ts';

export type MailingAction = 'pause' | 'resume' | 'cancel' | 'delete';

/** Resolves to whether it was carried out. */
export function useMailingActions(): (action: MailingAction, id: string) => Promise<boolean> {
  const { t } = useTranslation('mailing');
  const client = useClient();
  const textOf = useFaultText();
  const userTextOf = useUserFaultText();

  const run = async <Data>(document: TypedDocumentNode<Data, { id: string }>, id: string): Promise<OperationResult<Data>> =>
    client.mutation(document, { id }).toPromise();

  return async (action, id) => {
    const { error, faults } = await carryOut(run, action, id);
    const text = error === undefined ? faults.map(userTextOf).join(' ') : textOf(error);
    if (text === '') return true;
    notifications.show({ color: 'red', title: t(`action.failed.${action}`), message: text, autoClose: 10_000 });
    return false;
  };
}

interface Answer {
  readonly error: CombinedError | undefined;
  readonly faults: readonly UserFault[];
}

type Run = <Data>(document: TypedDocumentNode<Data, { id: string }>, id: string) => Promise<OperationResult<Data>>;

async function carryOut(run: Run, action: MailingAction, id: string): Promise<Answer> {
  switch (action) {
    case 'pause': {
      const { data, error } = await run(PauseMailingDocument, id);
      return { error, faults: data?.pauseMailing.userErrors ?? [] };
    }
    case 'resume': {
      const { data, error } = await run(ResumeMailingDocument, id);
      return { error, faults: data?.resumeMailing.userErrors ?? [] };
    }
    case 'cancel': {
      const { data, error } = await run(CancelMailingDocument, id);
      return { error, faults: data?.cancelMailing.userErrors ?? [] };
    }
    case 'delete': {
      const { data, error } = await run(DeleteMailingDocument, id);
      return { error, faults: data?.deleteMailing.userErrors ?? [] };
    }
    default:
      return action satisfies never;
  }
}
