import type { ReactNode } from 'react';

export function EditMailing({ id }: { readonly id: string }): ReactNode {
  return <h1>EditMailing {id}</h1>;
}
