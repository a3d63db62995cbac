// The dialog around the form of a client. What is typed in it is thrown away by its own buttons and links alone: not by a click beside it,
// not by Escape, and by the way back or a closed tab only after a question.
import { Modal } from '@mantine/core';
import { createContext, use, useLayoutEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLeaveGuard } from '../components/use-leave-guard.tsx';

interface Props {
  readonly opened: boolean;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

const KeepOpen = createContext<(typed: boolean) => void>(() => undefined);

export function ClientDialog({ opened, title, onClose, children }: Props): ReactNode {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(false);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      closeOnClickOutside={!typed}
      closeOnEscape={!typed}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <KeepOpen value={setTyped}>{children}</KeepOpen>
      <LeaveQuestion typed={typed} />
    </Modal>
  );
}

/** A component of its own, as the dialog drops it when it closes: an answer for one form does not hold for the next. */
function LeaveQuestion({ typed }: { readonly typed: boolean }): ReactNode {
  return useLeaveGuard(typed, () => undefined).question;
}

/** For the form in the dialog. `typed`: closing it would lose something. */
export function useKeepOpen(typed: boolean): void {
  const setTyped = use(KeepOpen);
  // A later effect would leave a moment after the key in which a click still closes.
  useLayoutEffect(() => {
    setTyped(typed);
    return () => setTyped(false);
  }, [setTyped, typed]);
}
