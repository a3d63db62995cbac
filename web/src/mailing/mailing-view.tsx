import type { ReactNode } from 'react';

export function MailingView({ id }: { readonly id: string }): ReactNode {
  return <h1>MailingView {id}</h1>;
}
