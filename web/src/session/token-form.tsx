// A bearer token pasted by hand, where there is no provider to sign in with.
import { Button, Code, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode, SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { checkToken } from './check-token.ts';
import type { TokenFault } from './check-token.ts';
import type { TokenSession } from './token-session.ts';

export function TokenForm({ session }: { readonly session: TokenSession }): ReactNode {
  const { t } = useTranslation('session');
  const [text, setText] = useState('');
  const [fault, setFault] = useState<TokenFault | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const checked = await checkToken(text);
    setBusy(false);
    if (checked.ok) session.enter(checked.tokens);
    else setFault(checked.fault);
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm">
        <Textarea
          label={t('token.label')}
          description={t('token.description')}
          value={text}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value);
            setFault(null);
          }}
          error={fault !== null && <TokenFaultText fault={fault} />}
          autosize
          minRows={3}
          maxRows={6}
          spellCheck={false}
          autoComplete="off"
          data-autofocus
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <Text size="sm" c="dimmed">
          {t('token.how')} <Code>npm run token -- --role operator --for 12h</Code>
        </Text>
        <Button type="submit" loading={busy}>
          {t('signIn')}
        </Button>
      </Stack>
    </form>
  );
}

function TokenFaultText({ fault: { kind, words } }: { readonly fault: TokenFault }): ReactNode {
  const { t } = useTranslation('session');
  return (
    <>
      {t(`token.fault.${kind}`)} {words !== null && <span lang="en">{words}</span>}
    </>
  );
}
