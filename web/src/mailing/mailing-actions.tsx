// Pause, resume, edit, duplicate, cancel and delete: the buttons of a mailing's page, and in short those of its row in the list.
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../components/confirm.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { useMayChange } from '../session/role.tsx';
import { ActionButtons } from './action-buttons.tsx';
import { ActionIcons } from './action-icons.tsx';
import type { ActedOn } from './mailing-status.ts';
import { useMailingActions } from './use-mailing-actions.ts';
import type { MailingAction } from './use-mailing-actions.ts';

interface Props {
  readonly mailing: ActedOn;
  /** As icons with a menu, for a row of a table. */
  readonly compact?: boolean;
  readonly onDeleted?: () => void;
}

interface Asked {
  readonly action: 'cancel' | 'delete';
  readonly of: ActedOn;
}

/** Nothing for who may not change anything. */
export function MailingActions({ mailing, compact = false, onDeleted }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const { number } = useFormat();
  const act = useMailingActions();
  /** The question keeps its words while the counts move on. */
  const [asked, setAsked] = useState<Asked>({ action: 'cancel', of: mailing });
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState<MailingAction | null>(null);
  if (!useMayChange()) return null;

  const run = async (action: MailingAction): Promise<boolean> => {
    setBusy(action);
    return act(action, mailing.id).finally(() => setBusy(null));
  };
  const ask = (action: Asked['action']): void => {
    setAsked({ action, of: mailing });
    setAsking(true);
  };
  const confirm = async (): Promise<boolean> => {
    const done = await run(asked.action);
    if (done && asked.action === 'delete') onDeleted?.();
    return done;
  };
  const Buttons = compact ? ActionIcons : ActionButtons;
  const { pending, total } = asked.of.statistics;
  return (
    <>
      <Buttons mailing={mailing} busy={busy} onAct={(action) => void run(action)} onAsk={ask} />
      <Confirm
        opened={asking}
        title={t(`action.${asked.action}.title`)}
        text={t(questionOf(asked), { waiting: number(pending), count: pending, total: number(total) })}
        confirmLabel={t(`action.${asked.action}.confirm`)}
        onConfirm={confirm}
        onClose={() => setAsking(false)}
      />
    </>
  );
}

/** What is lost depends on how far the mailing is. */
function questionOf({ action, of: { status, statistics } }: Asked) {
  if (status === 'SCHEDULED') return `action.${action}.scheduled` as const;
  if (action === 'cancel') return 'action.cancel.text' as const;
  return statistics.pending > 0 ? ('action.delete.text' as const) : ('action.delete.over' as const);
}
