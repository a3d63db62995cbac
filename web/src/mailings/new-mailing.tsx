import type { ReactNode } from 'react';

export function NewMailing(): ReactNode {
  return <h1>NewMailing</h1>;
}
