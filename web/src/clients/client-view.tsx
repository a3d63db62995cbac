import type { ReactNode } from 'react';

export function ClientView({ id }: { readonly id: string }): ReactNode {
  return <h1>ClientView {id}</h1>;
}
